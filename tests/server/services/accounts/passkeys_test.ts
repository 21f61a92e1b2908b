/** Passkeys, alone and after the password, and recovery codes in their place. */

import assert from "node:assert/strict";
import { MINUTE } from "../../../../shared/clock.ts";
import { Authenticator } from "../../support/authenticator.ts";
import { expectError, expectOk } from "../../support/expect.ts";
import { type Answer, type Harness, withHarness } from "../../support/harness.ts";
import { Browser, enter, PERSON_PASSWORD, type TestPerson } from "../../support/people.ts";

const ADA = "ada@example.com";
const ORIGIN = "https://vault.example.com";
const AT_VAULT = { config: { publicUrl: ORIGIN } };
const SUPER = [{ role: "super-admin", namespaces: null }] as const;

interface Begun {
  readonly challenge_id: string;
  readonly options: {
    readonly challenge: string;
    readonly rpId?: string;
    readonly allowCredentials?: unknown[];
  };
}

async function begin(browser: Browser, path: string, body: unknown = {}): Promise<Begun> {
  return expectOk<Begun>(await browser.post(path, body));
}

async function addPasskey(browser: Browser): Promise<Authenticator> {
  const key = new Authenticator(ORIGIN);
  const { challenge_id, options } = await begin(browser, "/admin/me/passkeys/options");
  const credential = key.create(options);
  expectOk(await browser.post("/admin/me/passkeys", { challenge_id, name: "my key", credential }), 201);
  return key;
}

async function withPasskey(h: Harness): Promise<{ ada: TestPerson; key: Authenticator }> {
  const ada = await enter(h, ADA, SUPER);
  return { ada, key: await addPasskey(ada.browser) };
}

const finish = (browser: Browser, challenge_id: string, credential: unknown): Promise<Answer> =>
  browser.post("/auth/signin/passkey", { challenge_id, credential });

Deno.test(
  "a passkey signs in alone, and the password alone no more",
  withHarness(async (h) => {
    const { key } = await withPasskey(h);
    const browser = new Browser(h);
    const { challenge_id, options } = await begin(browser, "/auth/signin/passkey/options");
    assert.deepEqual(options.allowCredentials ?? [], []);
    expectOk(await finish(browser, challenge_id, key.get(options)));
    assert.equal(expectOk<{ email: string }>(await browser.get("/admin/me")).email, ADA);
    const other = new Browser(h);
    const step = expectOk<{ signed_in: boolean; ticket: string; second_factors: string[] }>(
      await other.signIn(ADA),
    );
    assert.deepEqual([step.signed_in, step.second_factors, other.cookie], [false, ["passkey"], ""]);
    const second = await begin(other, "/auth/signin/passkey/options", { ticket: step.ticket });
    expectOk(await finish(other, second.challenge_id, key.get(second.options)));
    const again = await other.post("/auth/signin/passkey/options", { ticket: step.ticket });
    expectError(again, 401, "auth_sign_in_failed");
  }, AT_VAULT),
);

Deno.test(
  "a replayed answer of a passkey is refused, and so is one for another challenge or purpose",
  withHarness(async (h) => {
    const { ada, key } = await withPasskey(h);
    const browser = new Browser(h);
    const first = await begin(browser, "/auth/signin/passkey/options");
    const answer = key.get(first.options);
    expectOk(await finish(browser, first.challenge_id, answer));
    expectError(await finish(new Browser(h), first.challenge_id, answer), 401, "passkey_invalid");
    const second = await begin(browser, "/auth/signin/passkey/options");
    expectError(await finish(new Browser(h), second.challenge_id, answer), 401, "passkey_invalid");
    const other = await begin(ada.browser, "/auth/reauthenticate/passkey/options");
    expectError(await finish(browser, other.challenge_id, key.get(other.options)), 401, "passkey_invalid");
    const late = await begin(browser, "/auth/signin/passkey/options");
    h.clock.advance(5 * MINUTE);
    expectError(await finish(browser, late.challenge_id, key.get(late.options)), 401, "passkey_invalid");
  }, AT_VAULT),
);

Deno.test(
  "an answer of another origin or host, without a verified user, with a lower counter or of an unknown key is refused",
  withHarness(async (h) => {
    const { key } = await withPasskey(h);
    const browser = new Browser(h);
    const attempt = async (make: (options: Begun["options"]) => unknown) => {
      const { challenge_id, options } = await begin(browser, "/auth/signin/passkey/options");
      return await finish(browser, challenge_id, make(options));
    };
    const wrongs = [
      { origin: "https://evil.example" },
      { origin: "http://vault.example.com" },
      { rpId: "evil.example" },
      { challenge: "AAAA" },
      { flags: 0x01 },
      { flags: 0x04 },
    ];
    for (const wrong of wrongs) {
      expectError(await attempt((options) => key.get(options, wrong)), 401, "passkey_invalid");
    }
    const stranger = new Authenticator(ORIGIN);
    expectError(await attempt((options) => stranger.get(options)), 401, "passkey_invalid");
    expectError(
      await attempt((options) => ({ ...stranger.get(options), id: key.id, rawId: key.id })),
      401,
      "passkey_invalid",
    );
    expectOk(await attempt((options) => key.get(options)));
    key.counter = 0;
    expectError(await attempt((options) => key.get(options)), 401, "passkey_invalid");
  }, AT_VAULT),
);

Deno.test(
  "a passkey of somebody else is no second factor, and its challenge is added to nobody else's account",
  withHarness(async (h) => {
    await withPasskey(h);
    const bob = await enter(h, "bob@example.com", SUPER);
    const bobs = await addPasskey(bob.browser);
    const browser = new Browser(h);
    const { ticket } = expectOk<{ ticket: string }>(await browser.signIn(ADA));
    const second = await begin(browser, "/auth/signin/passkey/options", { ticket });
    expectError(await finish(browser, second.challenge_id, bobs.get(second.options)), 401, "passkey_invalid");
    const eve = await enter(h, "eve@example.com", SUPER);
    const begun = await begin(bob.browser, "/admin/me/passkeys/options");
    const credential = new Authenticator(ORIGIN).create(begun.options);
    const stolen = { challenge_id: begun.challenge_id, name: "k", credential };
    expectError(await eve.browser.post("/admin/me/passkeys", stolen), 401, "passkey_invalid");
  }, AT_VAULT),
);

Deno.test(
  "who has a passkey proves anew by it, not by the password, and gets another session token",
  withHarness(async (h) => {
    const { ada: { browser }, key } = await withPasskey(h);
    h.clock.advance(6 * MINUTE);
    const path = "/admin/me/recovery-codes";
    expectError(await browser.post(path), 403, "auth_proof_too_old");
    const by = await browser.post("/auth/reauthenticate", { password: PERSON_PASSWORD });
    expectError(by, 401, "auth_second_factor_required");
    const before = browser.cookie;
    const { challenge_id, options } = await begin(browser, "/auth/reauthenticate/passkey/options");
    expectOk(
      await browser.post("/auth/reauthenticate/passkey", { challenge_id, credential: key.get(options) }),
    );
    assert.notEqual(browser.cookie, before);
    expectOk(await browser.post(path), 201);
  }, AT_VAULT),
);

Deno.test(
  "a recovery code stands in for a passkey once, also where two use it at the same moment",
  withHarness(async (h) => {
    const { ada: { browser } } = await withPasskey(h);
    const { recovery_codes } = expectOk<{ recovery_codes: string[] }>(
      await browser.post("/admin/me/recovery-codes"),
      201,
    );
    assert.equal(new Set(recovery_codes).size, 10);
    const [code = ""] = recovery_codes;
    const attempt = async (text: string) => {
      const visitor = new Browser(h);
      const { ticket } = expectOk<{ ticket: string }>(await visitor.signIn(ADA));
      return () => visitor.post("/auth/signin/recovery-code", { ticket, code: text });
    };
    const ready = [await attempt(code), await attempt(` ${code.toUpperCase().replaceAll("-", " ")}`)];
    const answers = await Promise.all(ready.map((go) => go()));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
    expectError(await (await attempt(code))(), 401, "auth_sign_in_failed");
    expectError(await (await attempt("0000-0000-0000-0000"))(), 401, "auth_sign_in_failed");
    const fresh = expectOk<{ recovery_codes: string[] }>(await browser.post("/admin/me/recovery-codes"), 201);
    expectError(await (await attempt(recovery_codes[1] ?? ""))(), 401, "auth_sign_in_failed");
    expectOk(await (await attempt(fresh.recovery_codes[0] ?? ""))());
    assert.equal((await h.transcript()).includes(code), false);
  }, AT_VAULT),
);

Deno.test(
  "a recovery code without the password's ticket is nothing, and guesses are slowed down",
  withHarness(async (h) => {
    const { ada: { browser } } = await withPasskey(h);
    const { recovery_codes } = expectOk<{ recovery_codes: string[] }>(
      await browser.post("/admin/me/recovery-codes"),
      201,
    );
    const visitor = new Browser(h);
    const code = recovery_codes[0] ?? "";
    expectError(
      await visitor.post("/auth/signin/recovery-code", { ticket: "A".repeat(43), code }),
      401,
      "auth_sign_in_failed",
    );
    const { ticket } = expectOk<{ ticket: string }>(await visitor.signIn(ADA));
    const guess = () => visitor.post("/auth/signin/recovery-code", { ticket, code: "wrong" });
    for (let round = 0; round < 5; round++) expectError(await guess(), 401, "auth_sign_in_failed");
    expectError(await guess(), 429, "auth_throttled");
  }, AT_VAULT),
);
