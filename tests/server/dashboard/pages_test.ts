import assert from "node:assert/strict";
import { adminTokenCaller } from "../../../server/caller.ts";
import { ALL_PAGES } from "../../../server/dashboard/pages/all.ts";
import type { PageSessions } from "../../../server/dashboard/session.ts";
import { EVENT_SEVERITY } from "../../../server/events/event.ts";
import { pageLink } from "../../../server/notify/texts.ts";
import { type Answer, type Harness, withHarness } from "../support/harness.ts";
import { fill, type Filled, XSS } from "../../browser/support/seeds.ts";

const CSRF = "the secret of the forms";

const SIGNED_IN: PageSessions = {
  find: async (incoming) => ({ caller: adminTokenCaller(incoming.origin), csrf: CSRF, name: "ada" }),
};

const withPages = (run: (h: Harness) => Promise<void>) =>
  withHarness(run, { testOnly: { sessions: SIGNED_IN } });

let sent = 0;

/** Each from an address of its own: how often one may send is another test's. */
function post(h: Harness, path: string, fields: Record<string, string>, headers = {}): Promise<Answer> {
  const type = { "Content-Type": "application/x-www-form-urlencoded" };
  const address = `198.51.100.${sent++ % 250}`;
  return h.stranger.post(path, new URLSearchParams(fields).toString(), {
    headers: { ...type, ...headers },
    address,
  });
}

/** An address for a page, with something real for each part that varies. */
async function addressOf(h: Harness, path: string, filled: Filled): Promise<string> {
  const audit = await h.store.reader.selectFrom("audit_log").select("id").executeTakeFirstOrThrow();
  const channel = await h.store.reader.selectFrom("notification_channels").select("id")
    .executeTakeFirstOrThrow();
  const person = await h.store.reader.selectFrom("admin_users").select("id").executeTakeFirstOrThrow();
  const ids: Record<string, string> = {
    "/ui/people/:id": person.id,
    "/ui/secrets/:id": filled.secretId,
    "/ui/policies/:id": "new",
    "/ui/audit/:id": audit.id,
    "/ui/audit/:id/proof": audit.id,
    "/ui/notifications/:id": channel.id,
  };
  return path.replace(":id", ids[path] ?? "none").replace(":name", encodeURIComponent(XSS))
    .replace(":agent_id", "builder").replace(":type", "slack");
}

Deno.test(
  "a fault inside a page is a page with the request id, and its reason is in the server's log alone",
  withHarness(async (h) => {
    const answer = await h.stranger.get("/ui/overview");
    assert.equal(answer.status, 500);
    assert.match(answer.headers.get("Content-Type") ?? "", /^text\/html/);
    assert.ok(answer.text.includes(answer.headers.get("X-Request-Id") ?? "none"));
    assert.ok(!answer.text.includes("a reason with a secret"));
    assert.match(JSON.stringify(h.logged), /request failed/);
  }, { testOnly: { sessions: { find: () => Promise.reject(new Error("a reason with a secret")) } } }),
);

Deno.test(
  "programs of an agent are added and removed on their page; the last one says what its removal means",
  withPages(async (h) => {
    await fill(h);
    const page = "/ui/agents/builder/callers";
    const listed = async () => (await h.stranger.get(`${page}?namespace=default`)).text;
    const send = (verb: string, fields: Record<string, string>) =>
      post(h, `${page}/${verb}`, { _csrf: CSRF, namespace: "default", role: "caller", ...fields });
    const [one, two] = ["a".repeat(64), "b".repeat(64)];
    assert.match(await listed(), /Any program of the agent(?:'|&#39;)s user may act for it/);
    assert.equal((await send("add", { sha256: "no hash", label: "x" })).status, 400);
    assert.equal((await send("add", { sha256: one, label: XSS })).status, 303);
    assert.ok(!(await listed()).includes(XSS));
    assert.match(await listed(), /name="allow_any" value="true"/);
    assert.equal((await send("add", { sha256: two })).status, 303);
    assert.doesNotMatch(await listed(), /name="allow_any"/);
    assert.equal((await send("remove", { sha256: one })).status, 303);
    assert.equal((await send("remove", { sha256: two })).status, 409, "the last one, not said");
    assert.equal((await send("remove", { sha256: two, allow_any: "true" })).status, 303);
    assert.match(await listed(), /Any program of the agent/);
  }),
);

Deno.test(
  "every page answers, says nothing unfinished, and holds no code or style of its own",
  withPages(async (h) => {
    const filled = await fill(h);
    for (const { method, path } of ALL_PAGES) {
      if (method !== "GET" || path.endsWith("/stream")) continue;
      const answer = await h.stranger.get(await addressOf(h, path, filled));
      assert.ok([200, 303].includes(answer.status), `${path}: ${answer.status}`);
      if (!(answer.headers.get("Content-Type") ?? "").startsWith("text/html")) continue;
      assert.doesNotMatch(answer.text, /undefined|\[object |NaN/, path);
      // What is within quotes is a value; a quote in it would have been escaped.
      assert.doesNotMatch(answer.text.replaceAll(/"[^"]*"/g, '""'), /<[^>]*\s(on\w+|style)=/, path);
      assert.doesNotMatch(answer.text, /<script(?![^>]*\ssrc=)/, path);
      assert.doesNotMatch(answer.text, /<img|javascript:/, path);
      assert.doesNotMatch(answer.text, /value of |the second value/, `${path} holds a value`);
    }
  }),
);

Deno.test(
  "the link of every kind of message leads to a page that is there",
  withPages(async (h) => {
    await fill(h);
    for (const kind of [...Object.keys(EVENT_SEVERITY), "of a later release"]) {
      const link = pageLink({ kind, agent_id: "builder", namespace: "default" }, "https://vault.example/");
      const { pathname, search, hash } = new URL(link ?? "");
      assert.equal(hash, "", `${kind}: no page reads a fragment`);
      assert.equal((await h.stranger.get(pathname + search)).status, 200, `${kind}: ${pathname}`);
    }
  }),
);

Deno.test(
  "every form that does something carries the secret of the session",
  withPages(async (h) => {
    const filled = await fill(h);
    for (const { method, path } of ALL_PAGES) {
      if (method !== "GET" || path.endsWith("/stream")) continue;
      const { text } = await h.stranger.get(await addressOf(h, path, filled));
      for (const [form] of text.matchAll(/<form[^>]*method="post"[^>]*>.*?<\/form>/gs)) {
        assert.ok(form.includes(`name="_csrf" value="${CSRF}"`), `${path}: ${form.slice(0, 120)}`);
      }
    }
  }),
);

Deno.test(
  "CSRF: no form does anything without the secret, with a wrong one, or from another site",
  withPages(async (h) => {
    for (const { method, path } of ALL_PAGES) {
      if (method !== "POST") continue;
      const address = path.replaceAll(/:\w+/g, "x");
      for (const fields of [{}, { _csrf: "" }, { _csrf: `${CSRF}x` }] as Record<string, string>[]) {
        assert.equal((await post(h, address, fields)).status, 403, path);
      }
      for (const site of ["cross-site", "same-site", "none"]) {
        const answer = await post(h, address, { _csrf: CSRF }, { "Sec-Fetch-Site": site });
        assert.equal(answer.status, 403, `${path} from ${site}`);
      }
    }
    const changes = (await h.auditRows()).filter(({ action }) =>
      /create|delete|approve|seal|rotate/.test(action)
    );
    assert.deepEqual(changes, []);
  }),
);

Deno.test(
  "clickjacking: no page may be framed, and none may load anything from elsewhere",
  withPages(async (h) => {
    for (const path of ["/ui/overview", "/ui/approvals", "/ui/nowhere", "/signin"]) {
      const { headers } = await h.stranger.get(path);
      assert.equal(headers.get("X-Frame-Options"), "DENY", path);
      const policy = headers.get("Content-Security-Policy") ?? "";
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'/);
      assert.match(policy, /form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/);
      assert.doesNotMatch(policy, /unsafe|\*|http/);
      assert.equal(headers.get("Cache-Control"), "no-store");
    }
  }),
);

Deno.test(
  "a look at a page leaves the row of the route that it asked, and following a list leaves none",
  withPages(async (h) => {
    await h.stranger.get("/ui/secrets");
    await h.stranger.get("/ui/approvals");
    const actions = (await h.auditRows()).map(({ action }) => action).filter((action) =>
      action.startsWith("list_")
    );
    assert.deepEqual(actions.sort(), [
      "list_command_grants",
      "list_devices",
      "list_pending_grants",
      "list_secrets",
    ]);
    const before = (await h.auditRows()).length;
    await h.stranger.get("/ui/approvals", { headers: { "HX-Request": "true" } });
    assert.equal((await h.auditRows()).length, before);
  }),
);

Deno.test(
  "a page that there is not, or that is refused, says so and where to go",
  withPages(async (h) => {
    assert.equal((await h.stranger.get("/ui/nowhere")).status, 404);
    const gone = await h.stranger.get("/ui/secrets/00000000-0000-4000-8000-000000000000");
    assert.equal(gone.status, 404);
    assert.match(gone.text, /no such secret.*Go to the overview/s);
  }),
);

Deno.test(
  "the language is the browser's until the switch says another, which leads nowhere else",
  withPages(async (h) => {
    const chinese = await h.stranger.get("/ui/overview", {
      headers: { "Accept-Language": "zh-CN,zh;q=0.9" },
    });
    assert.match(chinese.text, /<html lang="zh-Hans">.*概览/s);
    const chosen = await h.stranger.get("/ui/language?to=zh&back=%2Fui%2Fsecrets");
    assert.equal(chosen.headers.get("Location"), "/ui/secrets");
    assert.match(chosen.headers.get("Set-Cookie") ?? "", /^lang=zh;/);
    for (const back of ["//evil.example", "https://evil.example", "/\\evil"]) {
      const answer = await h.stranger.get(`/ui/language?to=en&back=${encodeURIComponent(back)}`);
      assert.equal(answer.headers.get("Location"), "/ui/overview");
    }
    assert.equal((await h.stranger.get("/ui/language?to=xx")).headers.get("Set-Cookie"), null);
  }),
);

Deno.test(
  "a partial approval from the page approves what was ticked, with its term and note",
  withPages(async (h) => {
    const { requestId } = await fill(h);
    const page = await h.stranger.get("/ui/approvals");
    const digest = new RegExp(`${requestId}/decide.*?name="request_sha256" value="([0-9a-f]{64})"`, "s")
      .exec(page.text)?.[1] ?? "";
    const fields = {
      _csrf: CSRF,
      key: "db/production/url",
      term: "day",
      note: "for today",
      decision: "approve",
    };
    const answer = await post(h, `/ui/approvals/${requestId}/decide`, { ...fields, request_sha256: digest });
    assert.equal(answer.headers.get("Location"), "/ui/approvals?done=done.approved");
    const row = await h.store.reader.selectFrom("pending_grants").selectAll().where("id", "=", requestId)
      .executeTakeFirstOrThrow();
    assert.deepEqual([row.approved_keys, row.term, row.note], ['["db/production/url"]', "day", "for today"]);
  }),
);
