/** Signing in by a password, sessions, and what keeps others out of them. */

import assert from "node:assert/strict";
import { HOUR, MINUTE, SECOND } from "../../../../shared/clock.ts";
import { expectError, expectOk } from "../../support/expect.ts";
import { withHarness } from "../../support/harness.ts";
import { Browser, enter, PERSON_PASSWORD } from "../../support/people.ts";

const ADA = "ada@example.com";
const SUPER = [{ role: "super-admin", namespaces: null }] as const;

Deno.test(
  "signing in gives a session in a cookie that scripts cannot read, and a token for its forms",
  withHarness(async (h) => {
    await enter(h, ADA, SUPER);
    const browser = new Browser(h);
    const answer = await browser.signIn(ADA);
    expectOk(answer);
    const cookie = answer.headers.get("Set-Cookie") ?? "";
    assert.match(cookie, /^cortex-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    assert.equal(answer.text.includes(browser.cookie.split("=")[1] ?? "?"), false);
    const me = expectOk<{ email: string; fresh: boolean }>(await browser.get("/admin/me"));
    assert.deepEqual([me.email, me.fresh], [ADA, true]);
  }),
);

Deno.test(
  "the cookie is Secure and bound to the host where people come by TLS",
  withHarness(async (h) => {
    await enter(h, ADA, SUPER);
    const answer = await new Browser(h).signIn(ADA);
    assert.match(
      answer.headers.get("Set-Cookie") ?? "",
      /^__Host-cortex-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  }, { config: { publicUrl: "https://vault.example.com" } }),
);

Deno.test(
  "signing in is refused alike for a wrong password, no account and an account that is shut out, with the same work",
  async () => {
    let derived = 0;
    await withHarness(async (h) => {
      const { id } = await enter(h, ADA, SUPER);
      await enter(h, "bob@example.com", SUPER);
      const texts = new Set<string>();
      const tryOnce = async (email: string, password: string) => {
        derived = 0;
        const answer = await new Browser(h).signIn(email, password);
        expectError(answer, 401, "auth_sign_in_failed");
        assert.equal(derived, 1, `${email}: one derivation`);
        texts.add(answer.json<{ error: string }>().error);
      };
      h.clock.advance(HOUR);
      await tryOnce(ADA, "not the password at all");
      await tryOnce("nobody@example.com", PERSON_PASSWORD);
      await tryOnce("no address", PERSON_PASSWORD);
      expectOk(await h.admin.post(`/admin/people/${id}/disable`));
      await tryOnce(ADA, PERSON_PASSWORD);
      assert.equal(texts.size, 1);
    }, { watchDerive: () => derived++ })();
  },
);

Deno.test(
  "the log names the account that a wrong password was tried for, and nothing that was typed",
  withHarness(async (h) => {
    await enter(h, ADA, SUPER);
    await new Browser(h).signIn("Ada@Example.com", "wrong password!");
    const [known] = (await h.auditRows()).filter(({ status }) => status === "denied:auth_sign_in_failed");
    assert.deepEqual([known?.principal, JSON.parse(String(known?.details))], ["anonymous", { account: ADA }]);
    h.clock.advance(MINUTE);
    await new Browser(h).signIn("my-password-in-the-wrong-field@x.y", "another wrong one");
    h.clock.advance(HOUR);
    const text = JSON.stringify(await h.auditRows());
    assert.ok(!text.includes("wrong-field") && !text.includes("another wrong one"));
  }),
);

Deno.test(
  "a lock-out counts one account however its address is written, and is the same for an account that there is not",
  withHarness(async (h) => {
    await enter(h, ADA, SUPER);
    const spellings = [ADA, "ADA@example.com", " ada@example.com ", "Ada@Example.Com", "a da@example.com"];
    for (const email of spellings) {
      expectError(
        await new Browser(h, nextAddress()).signIn(email, "wrong password!"),
        401,
        "auth_sign_in_failed",
      );
    }
    const known = await new Browser(h, nextAddress()).signIn("ａda@example.com");
    expectError(known, 429, "auth_throttled");
    for (let round = 0; round < 5; round++) {
      await new Browser(h, nextAddress()).signIn("nobody@example.com", "wrong password!");
    }
    const unknown = await new Browser(h, nextAddress()).signIn("NOBODY@example.com");
    assert.equal(unknown.json<{ error: string }>().error, known.json<{ error: string }>().error);
    h.clock.advance(2 * SECOND);
    expectOk(await new Browser(h, nextAddress()).signIn(ADA));
  }),
);

Deno.test(
  "tries at the same moment are no way around the lock-out",
  withHarness(async (h) => {
    await enter(h, ADA, SUPER);
    const tries = Array.from(
      { length: 20 },
      () => new Browser(h, nextAddress()).signIn(ADA, "wrong password!"),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 401).length, 5);
  }),
);

Deno.test(
  "a session ends by silence, by age, by signing out, and with its person",
  withHarness(async (h) => {
    const { id, browser } = await enter(h, ADA, SUPER);
    h.clock.advance(29 * MINUTE);
    expectOk(await browser.get("/admin/me"));
    h.clock.advance(29 * MINUTE);
    expectOk(await browser.get("/admin/me"));
    h.clock.advance(30 * MINUTE);
    expectError(await browser.get("/admin/me"), 401, "auth_invalid");
    expectOk(await browser.signIn(ADA));
    for (let passed = 0; passed < 12 * 60; passed += 20) {
      await browser.get("/admin/me");
      h.clock.advance(20 * MINUTE);
    }
    expectError(await browser.get("/admin/me"), 401, "auth_invalid");
    expectOk(await browser.signIn(ADA));
    const stolen = browser.cookie;
    expectOk(await browser.post("/auth/signout"));
    expectError(await h.stranger.get("/admin/me", { headers: { Cookie: stolen } }), 401, "auth_invalid");
    expectOk(await browser.signIn(ADA));
    await enter(h, "bob@example.com", SUPER);
    expectOk(await h.admin.post(`/admin/people/${id}/disable`));
    expectError(await browser.get("/admin/me"), 401, "auth_invalid");
  }),
);

Deno.test(
  "fixation: each sign-in and each new proof gives another session token, and a token that was brought along is worth nothing",
  withHarness(async (h) => {
    await enter(h, ADA, SUPER);
    const browser = new Browser(h);
    browser.cookie = `cortex-session=${"A".repeat(43)}`;
    expectOk(await browser.signIn(ADA));
    const first = browser.cookie;
    assert.notEqual(first, `cortex-session=${"A".repeat(43)}`);
    expectOk(await browser.post("/auth/reauthenticate", { password: PERSON_PASSWORD }));
    assert.notEqual(browser.cookie, first);
    expectError(await h.stranger.get("/admin/me", { headers: { Cookie: first } }), 401, "auth_invalid");
    expectOk(await browser.get("/admin/me"));
  }),
);

Deno.test(
  "a value is shown to who has just proven who they are, and to others after they prove it anew",
  withHarness(async (h) => {
    const { browser } = await enter(h, ADA, SUPER);
    const { id } = expectOk<{ id: string }>(
      await h.admin.post("/admin/secrets", {
        key_path: "key",
        secret_type: "KEY_VALUE",
        value: "a value of some length",
      }),
      201,
    );
    expectOk(await browser.get(`/admin/secrets/${id}`));
    h.clock.advance(5 * MINUTE);
    expectError(await browser.get(`/admin/secrets/${id}`), 403, "auth_proof_too_old");
    expectError(
      await browser.post("/auth/reauthenticate", { password: "wrong password!" }),
      401,
      "auth_sign_in_failed",
    );
    expectError(await browser.get(`/admin/secrets/${id}`), 403, "auth_proof_too_old");
    expectOk(await browser.post("/auth/reauthenticate", { password: PERSON_PASSWORD }));
    expectOk(await browser.get(`/admin/secrets/${id}`));
  }),
);

Deno.test(
  "CSRF: a change by the cookie alone, with another session's token, or from another site is refused",
  withHarness(async (h) => {
    const { browser } = await enter(h, ADA, SUPER);
    const other = await enter(h, "bob@example.com", SUPER);
    const body = { name: "made" };
    const attempt = (headers: Record<string, string>) => browser.post("/admin/namespaces", body, { headers });
    expectError(await attempt({ "X-CSRF-Token": "" }), 403, "auth_csrf");
    expectError(await attempt({ "X-CSRF-Token": other.browser.csrf }), 403, "auth_csrf");
    for (const site of ["cross-site", "same-site"]) {
      expectError(await attempt({ "Sec-Fetch-Site": site }), 403, "auth_csrf");
    }
    expectError(await attempt({ Origin: "https://evil.example" }), 403, "auth_csrf");
    expectError(await attempt({ Origin: "null" }), 403, "auth_csrf");
    expectOk(await attempt({ "Sec-Fetch-Site": "same-origin" }), 201);
  }),
);

Deno.test(
  "a link of an invitation works once, and a newer one ends the older",
  withHarness(async (h) => {
    const invited = expectOk<{ person: { id: string }; code: string }>(
      await h.admin.post("/admin/people", { email: "  New@Example.COM", roles: SUPER }),
      201,
    );
    expectError(
      await h.admin.post("/admin/people", { email: "new@example.com", roles: [] }),
      409,
      "person_exists",
    );
    const again = expectOk<{ code: string }>(
      await h.admin.post(`/admin/people/${invited.person.id}/invite`),
      201,
    );
    const accept = (code: string) =>
      new Browser(h).post("/auth/invitations/accept", { code, password: PERSON_PASSWORD });
    expectError(await accept(invited.code), 401, "invitation_invalid");
    const both = await Promise.all([accept(again.code), accept(again.code)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
    expectOk(await new Browser(h).signIn("new@example.com"));
  }),
);

Deno.test(
  "every row that a person causes names the person, and no row holds what lets them in",
  withHarness(async (h) => {
    const { id, browser } = await enter(h, ADA, SUPER);
    expectOk(await browser.post("/admin/namespaces", { name: "made" }), 201);
    const rows = await h.auditRows();
    const row = rows.find(({ action }) => action === "create_namespace");
    assert.equal(row?.principal, `person:${ADA}`);
    const details: Record<string, unknown> = JSON.parse(row?.details ?? "{}");
    assert.deepEqual([details["actor_id"], details["actor_by"]], [id, "session"]);
    const all = await h.transcript();
    for (const secret of [PERSON_PASSWORD, browser.csrf, browser.cookie.split("=")[1] ?? "?"]) {
      assert.equal(all.includes(secret), false);
    }
  }),
);

let address = 0;
function nextAddress(): string {
  address++;
  return `10.1.${address >> 8}.${address & 255}`;
}
