/** The adapter through a whole app with a few routes of its own: what it does for every route alike. */

import assert from "node:assert/strict";
import * as z from "zod";
import { accessRow, ROUTE_KEYS, type RouteKey } from "../../../server/access_table.ts";
import { adminEndpoint, type Endpoint, publicEndpoint } from "../../../server/http/endpoint.ts";
import { type Routes } from "../../../server/http/mount.ts";
import { VaultError } from "../../../shared/errors.ts";
import { ADMIN_TOKEN, createHarness, type HarnessOptions, withHarness } from "../support/harness.ts";

const CANARY = "canary-7f3a9-do-not-echo";

/** A full set of routes: those given, and for all others one that answers its own key. */
function routesWith(own: Routes): Routes {
  const rest = ROUTE_KEYS.map((key): [RouteKey, Endpoint] => [key, {
    kind: accessRow(key).caller,
    spec: {},
    run: () => Promise.resolve({ route: key }),
  }]);
  return { ...Object.fromEntries(rest), ...own };
}

const echo = adminEndpoint(
  {
    body: z.object({
      name: z.string().max(10),
      list: z.array(z.int()).nullish(),
      flag: z.boolean().default(false),
    }),
  },
  async ({ body }) => body,
);

const withEcho: HarnessOptions = { testOnly: { routes: routesWith({ "POST /admin/secrets": echo }) } };

Deno.test(
  "adapter B21: authentication comes before any look at the body",
  withHarness(async (h) => {
    for (const body of ["not json", "[".repeat(100), "x".repeat(3_000_000)]) {
      const answer = await h.stranger.post("/admin/secrets", body, {
        headers: { "Content-Type": "text/plain" },
      });
      assert.equal(answer.status, 401);
      assert.equal(answer.json()["error_code"], "auth_required");
    }
  }, withEcho),
);

Deno.test(
  "adapter refuses a body that is no JSON by its content type",
  withHarness(async (h) => {
    const send = (type: string) =>
      h.admin.post("/admin/secrets", '{"name":"a"}', { headers: { "Content-Type": type } });
    for (
      const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json"]
    ) {
      assert.equal((await send(type)).json()["error_code"], "request_unsupported_media_type");
    }
    for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"]) {
      assert.equal((await send(type)).status, 200);
    }
  }, withEcho),
);

Deno.test(
  "adapter refuses JSON that is deep, repeated, trailing, empty or not UTF-8, and says which",
  withHarness(async (h) => {
    const cases: [string | Uint8Array, RegExp][] = [
      [`{"name":${"[".repeat(70)}${"]".repeat(70)}}`, /nested deeper than 64/],
      ['{"name":"a","name":"b"}', /names a field twice/],
      [`{"list":[${"1,".repeat(20_001)}1]}`, /more than 20,000 members/],
      ['{"name":"a"} {"name":"b"}', /not valid JSON/],
      ['{"name":"a"', /not valid JSON/],
      ["", /empty/],
      [new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
    ];
    for (const [body, message] of cases) {
      const answer = await h.admin.post("/admin/secrets", body);
      assert.equal(answer.status, 400);
      assert.equal(answer.json()["error_code"], "request_malformed_json");
      assert.match(String(answer.json()["error"]), message);
    }
  }, withEcho),
);

Deno.test(
  "adapter refuses a body over 2 MiB, announced or not",
  withHarness(async (h) => {
    const huge = "x".repeat(2 * 1024 * 1024 + 1);
    const announced = await h.admin.post("/admin/secrets", huge, {
      headers: { "Content-Length": String(huge.length) },
    });
    assert.equal(announced.status, 413);
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(512 * 1024)),
    });
    const endless = await h.admin.post("/admin/secrets", stream);
    assert.equal(endless.status, 413);
    assert.equal(endless.json()["error_code"], "request_too_large");
  }, withEcho),
);

Deno.test(
  "adapter B28: a body that does not come ends in 408",
  withHarness(async (h) => {
    const never = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
    });
    const answer = await h.admin.post("/admin/secrets", never);
    assert.equal(answer.status, 408);
    assert.equal(answer.json()["error_code"], "request_timeout");
  }, { testOnly: { ...withEcho.testOnly, bodyTimeoutMs: 10 } }),
);

Deno.test(
  "adapter: a caller who hangs up in the middle of a body is no bug",
  withHarness(async (h) => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError("connection reset")),
    });
    assert.equal((await h.admin.post("/admin/secrets", broken)).status, 408);
    assert.deepEqual(h.logged, []);
  }, withEcho),
);

Deno.test(
  "adapter names the wrong field and what was wanted, and never what came",
  withHarness(async (h) => {
    const cases: [unknown, RegExp][] = [
      [{}, /^Field 'name' is missing; it has to be a text$/],
      [{ name: 7 }, /^Field 'name' has to be a text$/],
      [{ name: CANARY }, /^Field 'name' has to have at most 10 characters$/],
      [{ name: "a", list: ["x"] }, /^Field 'list\[0\]' has to be a (whole )?number$/],
      [{ name: "a", list: CANARY }, /^Field 'list' has to be a list$/],
      [{ name: "a", flag: null }, /^Field 'flag' has to be true or false$/],
      [[CANARY], /^The body has to be a JSON object$/],
      [JSON.stringify(CANARY), /^The body has to be a JSON object$/],
    ];
    for (const [body, message] of cases) {
      const answer = await h.admin.post("/admin/secrets", body);
      assert.equal(answer.status, 400);
      assert.equal(answer.json()["error_code"], "request_invalid");
      assert.match(String(answer.json()["error"]), message);
      assert.ok(!answer.text.includes(CANARY));
    }
    assert.ok(!(await h.transcript()).includes(CANARY));
  }, withEcho),
);

Deno.test(
  "adapter ignores unknown fields and takes null for absent",
  withHarness(async (h) => {
    const answer = await h.admin.post("/admin/secrets", { name: "a", list: null, other: { deep: [1] } });
    assert.deepEqual(answer.json(), { name: "a", list: null, flag: false });
  }, withEcho),
);

Deno.test(
  "adapter answers a bug with a bare 500 and logs it under the request id",
  withHarness(async (h) => {
    const answer = await h.admin.get("/admin/secrets");
    assert.equal(answer.status, 500);
    assert.equal(answer.json()["error_code"], "server_internal");
    assert.ok(!answer.text.includes("broken pipe"));
    assert.equal(answer.headers.get("X-Request-Id"), answer.json()["request_id"]);
    assert.equal(h.logged[0]?.level, "error");
    assert.equal(h.logged[0]?.fields["request_id"], answer.json()["request_id"]);
  }, {
    testOnly: {
      routes: routesWith({
        "GET /admin/secrets": adminEndpoint({}, () => Promise.reject(new Error("broken pipe in the works"))),
      }),
    },
  }),
);

Deno.test(
  "adapter B28: every answer forbids caching, sniffing and framing, and carries a request id",
  withHarness(async (h) => {
    const answers = [
      await h.stranger.get("/healthz"),
      await h.stranger.get("/nowhere"),
      await h.admin.get("/admin/agents"),
      await h.stranger.get("/admin/agents"),
      await h.stranger.send("PATCH", "/healthz"),
      await h.stranger.send("OPTIONS", "/admin/agents"),
    ];
    const ids = answers.map(({ headers }) => {
      assert.equal(headers.get("Cache-Control"), "no-store");
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
      assert.equal(headers.get("X-Frame-Options"), "DENY");
      assert.match(headers.get("Content-Security-Policy") ?? "", /default-src 'none'/);
      return headers.get("X-Request-Id");
    });
    assert.equal(new Set(ids).size, answers.length);
  }),
);

Deno.test(
  "adapter: a caller cannot choose the request id",
  withHarness(async (h) => {
    const answer = await h.admin.get("/admin/agents", { headers: { "X-Request-Id": CANARY } });
    assert.notEqual(answer.headers.get("X-Request-Id"), CANARY);
    assert.ok(!(await h.transcript()).includes(CANARY));
  }),
);

Deno.test(
  "adapter refuses an address that is not percent-encoded UTF-8",
  withHarness(async (h) => {
    const answer = await h.admin.get("/admin/secrets/%ff");
    assert.equal(answer.status, 400);
    assert.equal(answer.json()["error_code"], "request_invalid");
  }),
);

Deno.test(
  "adapter passes a Response on and adds the common headers to it",
  withHarness(async (h) => {
    const answer = await h.stranger.get("/healthz");
    assert.equal(answer.text, "fine");
    assert.equal(answer.headers.get("Content-Type"), "text/plain; charset=utf-8");
    assert.equal(answer.headers.get("Cache-Control"), "max-age=60");
    assert.equal(answer.headers.get("X-Frame-Options"), "DENY");
  }, {
    testOnly: {
      routes: routesWith({
        "GET /healthz": publicEndpoint({}, async () =>
          new Response("fine", {
            headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "max-age=60" },
          })),
      }),
    },
  }),
);

Deno.test(
  "adapter: when the audit row of a look cannot be written, nothing is shown",
  withHarness(async (h) => {
    await h.ledger.close();
    const answer = await h.admin.get("/admin/secrets");
    assert.equal(answer.status, 503);
    assert.ok(!answer.text.includes("GET /admin/secrets"));
    assert.equal((await h.stranger.get("/admin/secrets")).status, 401, "a refusal stays a refusal");
    assert.equal(h.logged.some((line) => line.event === "refusal not audited"), true);
  }, withEcho),
);

Deno.test(
  "adapter writes a row for every look of the admin, with address and request id",
  withHarness(async (h) => {
    const answer = await h.admin.get("/admin/projects/my%20app/grants", { address: "192.0.2.7" });
    assert.equal(answer.status, 200);
    const row = (await h.auditRows()).at(-1);
    assert.equal(row?.action, "list_project_grants");
    assert.equal(row?.principal, "admin");
    assert.equal(row?.status, "success");
    assert.equal(row?.project_name, "my app");
    assert.equal(row?.source_ip, "192.0.2.7");
    assert.equal(row?.request_id, answer.headers.get("X-Request-Id"));
  }),
);

Deno.test(
  "adapter keeps what is no name or id of ours out of the audit row of a refusal",
  withHarness(async (h) => {
    await h.stranger.delete(`/admin/secrets/${CANARY}`);
    const row = (await h.auditRows()).at(-1);
    assert.equal(row?.action, "delete_secret");
    assert.equal(row?.status, "denied:auth_required");
    assert.equal(row?.principal, "anonymous");
    assert.equal(row?.resource_path, null);
  }),
);

Deno.test(
  "adapter: the admin token is in no answer, log line or audit row",
  withHarness(async (h) => {
    await h.admin.get("/admin/secrets");
    await h.stranger.get("/admin/secrets", { headers: { "X-Admin-Token": `${ADMIN_TOKEN}x` } });
    assert.ok(!(await h.transcript()).includes(ADMIN_TOKEN));
  }),
);

Deno.test("adapter passes VaultErrors on with code, details and Retry-After, and keeps the cause", async () => {
  const error = new VaultError("server.busy", "Busy", {
    details: { waiting: 3 },
    retryAfter: 7,
    cause: new Error(CANARY),
  });
  const h = await createHarness({
    testOnly: {
      routes: routesWith({ "GET /admin/secrets": adminEndpoint({}, () => Promise.reject(error)) }),
    },
  });
  const answer = await h.admin.get("/admin/secrets");
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("Retry-After"), "7");
  assert.deepEqual(answer.json()["details"], { waiting: 3 });
  assert.ok(!answer.text.includes(CANARY));
  await h.dispose();
});
