import assert from "node:assert/strict";
import { EVERY_RIGHT } from "../../../server/access/roles.ts";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { adminTokenCaller, personCaller } from "../../../server/caller.ts";
import { AdminTokenService } from "../../../server/services/accounts/admin_token.ts";
import { PageLinkService } from "../../../server/services/accounts/page_links.ts";
import { HOUR, MINUTE } from "../../../shared/clock.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Answer, type Harness, withHarness } from "../support/harness.ts";

async function link(h: Harness): Promise<string> {
  return expectOk<{ path: string }>(await h.admin.post("/admin/page-links"), 201).path;
}

function cookieIn(answer: Answer): string {
  return (answer.headers.get("Set-Cookie") ?? "").split(";", 1)[0] ?? "";
}

async function signIn(h: Harness): Promise<string> {
  const answer = await h.stranger.post(await link(h));
  assert.equal(answer.status, 303);
  return cookieIn(answer);
}

const statusOf = async (h: Harness, cookie: string, path = "/ui/overview") =>
  (await h.stranger.get(path, { headers: { Cookie: cookie } })).status;

Deno.test(
  "a one-time link signs in once, and looking at it uses nothing up",
  withHarness(async (h) => {
    const path = await link(h);
    for (let look = 0; look < 3; look++) assert.equal((await h.stranger.get(path)).status, 200);
    const answer = await h.stranger.post(path);
    assert.equal(answer.headers.get("Location"), "/ui/overview");
    assert.match(
      answer.headers.get("Set-Cookie") ?? "",
      /^cortex-page=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    assert.equal(await statusOf(h, cookieIn(answer)), 200);
    assert.equal((await lastRow(h, "page_sign_in")).principal, "admin");
    assert.equal((await h.stranger.post(path)).status, 404);
    assert.equal((await h.stranger.get(path)).status, 404);
  }),
);

Deno.test(
  "another admin token ends what the one before opened: links, sessions, and a sign-in that is under way",
  withHarness(async ({ ledger, clock }) => {
    const links = new PageLinkService({ ledger, clock });
    const tokens = new AdminTokenService(() => Promise.resolve("another token"), links);
    const caller = adminTokenCaller(SYSTEM_ORIGIN);
    const codeOf = async () => (await links.make(caller)).path.slice("/signin/".length);
    const { token } = await links.open(await codeOf(), SYSTEM_ORIGIN);
    const [unused, underWay] = [await codeOf(), await codeOf()];
    assert.notEqual(links.find(token), undefined);
    const late = links.open(underWay, SYSTEM_ORIGIN);
    const lateLink = links.make(caller);
    await tokens.rotate(caller);
    await assert.rejects(late, /replaced meanwhile/);
    await assert.rejects(lateLink, /replaced meanwhile/);
    assert.deepEqual([links.find(token), links.isOpen(unused)], [undefined, false]);
  }),
);

Deno.test(
  "of two that use a link at once one is signed in",
  withHarness(async (h) => {
    const path = await link(h);
    const answers = await Promise.all([h.stranger.post(path), h.stranger.post(path)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 404]);
  }),
);

Deno.test(
  "a link is over after two minutes, a session after half an hour without use and after four hours in any case",
  withHarness(async (h) => {
    const path = await link(h);
    h.clock.advance(2 * MINUTE);
    assert.equal((await h.stranger.post(path)).status, 404);
    const idle = await signIn(h);
    h.clock.advance(30 * MINUTE);
    assert.equal(await statusOf(h, idle), 303);
    const used = await signIn(h);
    for (let minutes = 0; minutes < 225; minutes += 25) {
      assert.equal(await statusOf(h, used), 200);
      h.clock.advance(25 * MINUTE);
    }
    h.clock.advance(HOUR / 2);
    assert.equal(await statusOf(h, used), 303);
  }),
);

Deno.test(
  "the admin token is needed for a link, the session is no admin token, and another cookie is nobody",
  withHarness(async (h) => {
    expectError(await h.stranger.post("/admin/page-links"), 401, "auth_required");
    const cookie = await signIn(h);
    const headers = { Cookie: cookie };
    expectError(await h.stranger.get("/admin/secrets", { headers }), 401, "auth_required");
    assert.equal(await statusOf(h, `cortex-page=${"0".repeat(64)}`), 303);
    assert.equal(await statusOf(h, `other=1; ${cookie}`), 200);
  }),
);

Deno.test(
  "session fixation: a token that a stranger put into the cookie is never taken over",
  withHarness(async (h) => {
    const planted = `cortex-page=${"a".repeat(64)}`;
    const answer = await h.stranger.post(await link(h), undefined, { headers: { Cookie: planted } });
    assert.notEqual(cookieIn(answer), planted);
    assert.equal(await statusOf(h, planted), 303);
  }),
);

Deno.test(
  "signing out ends the session, and only with the secret of its forms",
  withHarness(async (h) => {
    const cookie = await signIn(h);
    const headers = { Cookie: cookie, "Content-Type": "application/x-www-form-urlencoded" };
    await h.stranger.post("/ui/signout", "_csrf=wrong", { headers });
    assert.equal(await statusOf(h, cookie), 200);
    const page = await h.stranger.get("/ui/overview", { headers: { Cookie: cookie } });
    const csrf = /name="_csrf" value="([0-9a-f]{64})"/.exec(page.text)?.[1];
    await h.stranger.post("/ui/signout", `_csrf=${csrf}`, { headers });
    assert.equal(await statusOf(h, cookie), 303);
  }),
);

Deno.test(
  "a value is shown for five minutes after the proof, and then asks for a new one",
  withHarness(async (h) => {
    const id = expectOk<{ id: string }>(
      await h.admin.post("/admin/secrets", {
        key_path: "a/b",
        secret_type: "KEY_VALUE",
        value: "canary-value-1",
      }),
      201,
    ).id;
    const cookie = await signIn(h);
    const page = await h.stranger.get(`/ui/secrets/${id}`, { headers: { Cookie: cookie } });
    const csrf = /name="_csrf" value="([0-9a-f]{64})"/.exec(page.text)?.[1];
    const headers = { Cookie: cookie, "Content-Type": "application/x-www-form-urlencoded" };
    const show = () => h.stranger.post(`/ui/secrets/${id}/value`, `_csrf=${csrf}`, { headers });
    assert.ok((await show()).text.includes("canary-value-1"));
    h.clock.advance(5 * MINUTE);
    const late = await show();
    assert.equal(late.status, 403);
    assert.ok(!late.text.includes("canary-value-1"));
  }),
);

Deno.test(
  "after signing in nobody is led to another site",
  withHarness(async (h) => {
    for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]) {
      const answer = await h.stranger.post(`${await link(h)}?next=${encodeURIComponent(next)}`);
      assert.equal(answer.headers.get("Location"), "/ui/overview", next);
    }
    const answer = await h.stranger.post(`${await link(h)}?next=%2Fui%2Fdevice%3Fuser_code%3DABCD-2345`);
    assert.equal(answer.headers.get("Location"), "/ui/device?user_code=ABCD-2345");
  }),
);

Deno.test(
  "a person makes no link, which would let them in without their name",
  withHarness(async (h) => {
    const authority = { by: "session", id: "s", rights: EVERY_RIGHT, fresh: true } as const;
    const person = personCaller({ id: "p", email: "ada@example.com" }, authority, SYSTEM_ORIGIN);
    await assert.rejects(new PageLinkService(h).make(person), { code: "auth.forbidden" });
  }),
);
