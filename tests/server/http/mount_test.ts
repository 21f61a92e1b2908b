/** The access table and what `createApp` makes of it. */

import assert from "node:assert/strict";
import { accessRow, ROUTE_KEYS, type RouteKey } from "../../../server/access_table.ts";
import { type Endpoint, publicEndpoint } from "../../../server/http/endpoint.ts";
import { createHarness, withHarness } from "../support/harness.ts";

/** Looks that a program takes every few seconds: their refusals have rows, see `metrics_test.ts`. */
const UNLOGGED: readonly RouteKey[] = ["GET /metrics"];
const GUARDED = ROUTE_KEYS.filter((key) => !["public", "agent"].includes(accessRow(key).caller));

function split(key: RouteKey): [string, string] {
  const [method = "", path = ""] = key.split(" ");
  return [method, path.replace(/:[a-z_]+/g, "x")];
}

for (const key of GUARDED) {
  const [method, path] = split(key);

  Deno.test(
    `access table: ${key} refuses a caller without credentials, and says so in the log`,
    withHarness(async (h) => {
      const answer = await h.stranger.send(method, path);
      assert.equal(answer.status, 401);
      const row = (await h.auditRows()).at(-1);
      assert.equal(row?.action, accessRow(key).action);
      assert.match(row?.status ?? "", /^denied:/);
    }),
  );

  Deno.test(
    `access table: ${key} refuses credentials of another kind`,
    withHarness(async (h) => {
      const isAdmin = accessRow(key).caller === "admin";
      const client = isAdmin ? h.stranger : h.admin;
      const headers = { Authorization: "Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
      const answer = await client.send(method, path, isAdmin ? { headers } : {});
      assert.equal(answer.status, 401);
    }),
  );
}

Deno.test("access table: every row has what the adapter and the documents need", () => {
  for (const key of ROUTE_KEYS) {
    const row = accessRow(key);
    assert.match(key, /^(GET|POST|PUT|DELETE) \/[a-z.:/_-]*\*?$/);
    assert.match(row.action, /^[a-z_]+$/);
    assert.ok(row.summary.length > 5 && !row.summary.endsWith("."));
    const parameters = [...key.matchAll(/:([a-z_]+)/g)].map((match) => match[1]);
    for (const field of Object.values(row.fields)) {
      assert.ok(parameters.includes(field), `${key} has no :${field}`);
    }
    if (row.caller === "admin" && !UNLOGGED.includes(key)) {
      assert.notEqual(row.audited, "nobody", `${key} leaves no trace`);
    }
  }
});

Deno.test(
  "createApp: an address that is not listed is a 404 in JSON",
  withHarness(async (h) => {
    for (
      const path of ["/nowhere", "/admin", "/admin/secrets/", "/admin/secrets/a/b", "/healthz/x", "//healthz"]
    ) {
      const answer = await h.admin.get(path);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.json()["error_code"], "request_route_not_found");
    }
  }),
);

Deno.test(
  "createApp: a method that is not listed is a 405 with Allow",
  withHarness(async (h) => {
    const answer = await h.admin.send("PATCH", "/admin/secrets");
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("Allow"), "GET, POST, HEAD, OPTIONS");
    assert.equal(answer.json()["error_code"], "request_method_not_allowed");
    assert.equal((await h.admin.get("/admin/secrets/bulk")).headers.get("Allow"), "POST, OPTIONS");
  }),
);

Deno.test(
  "createApp: GET routes answer HEAD without a body",
  withHarness(async (h) => {
    const answer = await h.admin.send("HEAD", "/admin/secrets");
    assert.equal(answer.status, 200);
    assert.equal(answer.text, "");
    assert.equal((await h.admin.send("HEAD", "/admin/secrets/bulk")).status, 405);
  }),
);

Deno.test(
  "createApp: OPTIONS names the methods of a listed address and needs no credentials",
  withHarness(async (h) => {
    const answer = await h.stranger.send("OPTIONS", "/admin/secrets/x");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Allow"), "GET, PUT, DELETE, HEAD, OPTIONS");
    assert.equal(answer.headers.get("Access-Control-Allow-Origin"), null);
  }),
);

const any = (key: RouteKey): Endpoint => ({ kind: accessRow(key).caller, spec: {}, run: async () => ({}) });
const complete = () => Object.fromEntries(ROUTE_KEYS.map((key) => [key, any(key)]));

Deno.test("createApp: a row without a handler keeps the server from starting", async () => {
  const { "GET /admin/secrets": _gone, ...routes } = complete();
  await assert.rejects(
    createHarness({ testOnly: { routes } }),
    /row without a handler: GET \/admin\/secrets/,
  );
});

Deno.test("createApp: a handler without a row keeps the server from starting", async () => {
  const routes: Record<string, Endpoint> = {
    ...complete(),
    "GET /admin/backdoor": publicEndpoint({}, async () => ({})),
  };
  await assert.rejects(
    createHarness({ testOnly: { routes } }),
    /without a row in the access table: GET \/admin\/backdoor/,
  );
});

Deno.test("createApp: a handler for another kind of caller than its row keeps the server from starting", async () => {
  const routes = { ...complete(), "GET /admin/secrets": publicEndpoint({}, async () => ({})) };
  await assert.rejects(createHarness({ testOnly: { routes } }), /is for callers of kind public/);
});
