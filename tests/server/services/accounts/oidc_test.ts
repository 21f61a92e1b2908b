/** Signing in by a real provider of OpenID Connect, and by one that lies. */

import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { parseGroupRoles, rolesOfGroups } from "../../../../server/access/group_roles.ts";
import { csrfTokenOf } from "../../../../server/identity/session_cookie.ts";
import { Authenticator } from "../../support/authenticator.ts";
import { expectError, expectOk } from "../../support/expect.ts";
import { type Answer, type Harness, withHarness } from "../../support/harness.ts";
import { CLIENT, startProvider, type TestProvider, visitProvider } from "../../support/oidc_provider.ts";
import { Browser, enter } from "../../support/people.ts";
import { ManualClock } from "../../support/vault_fixture.ts";

const ORIGIN = "https://vault.example.com";
const CALLBACK = `${ORIGIN}/auth/oidc/callback`;
const RULES = "vault-admins=super-admin; team-a=namespace-admin:team-a";

function settings(issuer: string) {
  const groupRoles = parseGroupRoles(RULES);
  assert.ok(typeof groupRoles !== "string");
  return { issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, groupsClaim: "groups", groupRoles };
}

/** The provider's clock is the real one. */
const realTime = () => new ManualClock(Date.now());

function withProvider(run: (h: Harness, provider: TestProvider) => Promise<void>): () => Promise<void> {
  return async () => {
    const provider = await startProvider(CALLBACK);
    try {
      const config = { publicUrl: ORIGIN, oidc: settings(provider.issuer) };
      await withHarness((h) => run(h, provider), { config, clock: realTime() })();
    } finally {
      await provider.close();
    }
  };
}

/** Leaves for the provider; gives its address and keeps the cookie of the trip. */
async function depart(
  browser: Browser,
  query = "",
): Promise<{ readonly url: string; readonly trip: string }> {
  const answer = await browser.get(`/auth/oidc/start${query}`);
  assert.equal(answer.status, 303, answer.text);
  const trip = /cortex-oidc=[^;]+/.exec(answer.headers.get("Set-Cookie") ?? "")?.[0] ?? "";
  return { url: answer.headers.get("Location") ?? "", trip };
}

function comeBack(browser: Browser, back: URL, trip: string): Promise<Answer> {
  return browser.get(`${back.pathname}${back.search}`, { headers: { Cookie: trip } });
}

interface Begun {
  readonly challenge_id: string;
  readonly options: { readonly challenge: string };
}

function sessionOf(answer: Answer): string {
  return /__Host-cortex-session=[\w-]{43}/.exec(answer.headers.get("Set-Cookie") ?? "")?.[0] ?? "";
}

async function signIn(h: Harness, login: string, query = ""): Promise<Answer> {
  const browser = new Browser(h);
  const { url, trip } = await depart(browser, query);
  return await comeBack(browser, await visitProvider(url, login), trip);
}

Deno.test(
  "a provider signs in who is in a mapped group, with the roles of the groups, settled anew each time",
  withProvider(async (h, { people }) => {
    people.set("ann", { email: "Ann@Example.com", groups: ["team-a", "other"] });
    const answer = await signIn(h, "ann", "?next=/ui/secrets");
    assert.deepEqual([answer.status, answer.headers.get("Location")], [303, "/ui/secrets"], answer.text);
    const me = () => h.stranger.get("/admin/me", { headers: { Cookie: sessionOf(answer) } });
    const first = expectOk<{ email: string; roles: unknown; fresh: boolean }>(await me());
    assert.deepEqual([first.email, first.fresh], ["ann@example.com", true]);
    assert.deepEqual(first.roles, [{ role: "namespace-admin", namespaces: ["team-a"] }]);
    people.set("ann", { email: "ann@example.com", groups: ["vault-admins"] });
    assert.equal((await signIn(h, "ann")).status, 303);
    assert.deepEqual(expectOk<{ roles: unknown }>(await me()).roles, [{
      role: "super-admin",
      namespaces: null,
    }]);
    people.set("ann", { email: "ann@example.com", groups: [] });
    assert.equal((await signIn(h, "ann")).status, 303);
    assert.deepEqual(expectOk<{ roles: unknown }>(await me()).roles, []);
  }),
);

Deno.test(
  "who left the provider does not stay by a passkey that they added, nor by a token for longer than thirty days",
  withProvider(async (h, { people }) => {
    people.set("ann", { email: "ann@example.com", groups: ["team-a"] });
    const browser = new Browser(h);
    browser.cookie = sessionOf(await signIn(h, "ann"));
    browser.csrf = csrfTokenOf(browser.cookie.split("=")[1] ?? "");
    const key = new Authenticator(ORIGIN);
    const begun = expectOk<Begun>(await browser.post("/admin/me/passkeys/options", {}));
    const added = { challenge_id: begun.challenge_id, name: "key", credential: key.create(begun.options) };
    expectOk(await browser.post("/admin/me/passkeys", added), 201);
    const token = { name: "ci", rights: ["metadata.read"] };
    expectError(
      await browser.post("/admin/api-tokens", { ...token, expires_in_days: 31 }),
      400,
      "request_invalid",
    );
    expectOk(await browser.post("/admin/api-tokens", { ...token, expires_in_days: 30 }), 201);
    people.delete("ann");
    const visitor = new Browser(h);
    const { challenge_id, options } = expectOk<Begun>(
      await visitor.post("/auth/signin/passkey/options", {}),
    );
    const credential = key.get(options);
    expectError(
      await visitor.post("/auth/signin/passkey", { challenge_id, credential }),
      401,
      "auth_sign_in_failed",
    );
    assert.equal(visitor.cookie, "");
    const again = expectOk<Begun>(await browser.post("/auth/reauthenticate/passkey/options", {}));
    expectOk(
      await browser.post("/auth/reauthenticate/passkey", {
        challenge_id: again.challenge_id,
        credential: key.get(again.options),
      }),
    );
  }),
);

Deno.test(
  "a provider lets nobody in who has no mapped group or no verified address, and takes over an account by its verified address only",
  withProvider(async (h, { people }) => {
    people.set("nobody", { email: "nobody@example.com", groups: ["other"] });
    expectError(await signIn(h, "nobody"), 401, "oidc_refused");
    people.set("loose", { email: "loose@example.com", emailVerified: false, groups: ["team-a"] });
    expectError(await signIn(h, "loose"), 401, "oidc_refused");
    const roles = [{ role: "auditor", namespaces: null }] as const;
    const ada = await enter(h, "ada@example.com", roles);
    people.set("thief", { email: "ada@example.com", emailVerified: false, groups: ["team-a"] });
    expectError(await signIn(h, "thief"), 401, "oidc_refused");
    people.set("ada", { email: "ada@example.com", groups: ["vault-admins"] });
    const answer = await signIn(h, "ada");
    const me = await h.stranger.get("/admin/me", { headers: { Cookie: sessionOf(answer) } });
    assert.deepEqual(expectOk<{ id: string; roles: unknown }>(me).roles, roles);
    people.set("second", { email: "ada@example.com", groups: ["vault-admins"] });
    expectError(await signIn(h, "second"), 401, "oidc_refused");
    expectOk(await h.admin.post(`/admin/people/${ada.id}/disable`));
    expectError(await signIn(h, "ada"), 401, "auth_sign_in_failed");
  }),
);

Deno.test(
  "the way back counts in the browser that left, once, with its own state",
  withProvider(async (h, { people }) => {
    people.set("ann", { email: "ann@example.com", groups: ["team-a"] });
    const browser = new Browser(h);
    const { url, trip } = await depart(browser);
    const back = await visitProvider(url, "ann");
    expectError(await browser.get(`${back.pathname}${back.search}`), 401, "oidc_refused");
    const other = await depart(new Browser(h));
    expectError(await comeBack(browser, back, other.trip), 401, "oidc_refused");
    const third = await depart(browser);
    const changed = new URL(await visitProvider(third.url, "ann"));
    changed.searchParams.set("state", "forged");
    expectError(await comeBack(browser, changed, third.trip), 401, "oidc_refused");
    assert.equal((await comeBack(browser, back, trip)).status, 303);
    expectError(await comeBack(browser, back, trip), 401, "oidc_refused");
  }),
);

Deno.test(
  "next leads to pages of ours only",
  withProvider(async (h, { people }) => {
    people.set("ann", { email: "ann@example.com", groups: ["team-a"] });
    for (
      const next of ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
    ) {
      const answer = await signIn(h, "ann", `?next=${encodeURIComponent(next)}`);
      assert.equal(answer.headers.get("Location"), "/ui/overview", next);
    }
  }),
);

interface Lie {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly otherKey?: boolean;
  readonly alg?: string;
}

/** A provider that answers any code with a token of its own making. */
async function lyingProvider(lie: () => Lie) {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const other = await generateKeyPair("RS256");
  const jwk = { ...await exportJWK(publicKey), kid: "1", alg: "RS256", use: "sig" };
  const asked = { nonce: "" };
  const started = Promise.withResolvers<string>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => started.resolve(`http://127.0.0.1:${port}`),
  }, async (request) => {
    const issuer = await started.promise;
    const { pathname } = new URL(request.url);
    if (pathname === "/.well-known/openid-configuration") {
      return Response.json({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
    if (pathname === "/jwks") return Response.json({ keys: [jwk] });
    const now = Math.floor(Date.now() / 1000);
    const { claims = {}, otherKey = false } = lie();
    const all = {
      iss: issuer,
      aud: CLIENT.id,
      sub: "ann",
      nonce: asked.nonce,
      iat: now,
      exp: now + 300,
      auth_time: now,
      email: "ann@example.com",
      email_verified: true,
      groups: ["vault-admins"],
      ...claims,
    };
    const key = otherKey ? other.privateKey : privateKey;
    const id_token = await new SignJWT(all).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(key);
    return Response.json({ access_token: "a", token_type: "Bearer", id_token });
  });
  return { issuer: await started.promise, asked, close: () => server.shutdown() };
}

Deno.test("a token with a wrong nonce, issuer, audience, key, or past its end is refused, and a right one is not", async () => {
  let lie: Lie = {};
  const provider = await lyingProvider(() => lie);
  const config = { publicUrl: ORIGIN, oidc: settings(provider.issuer) };
  await withHarness(async (h) => {
    const attempt = async (told: Lie) => {
      lie = told;
      const browser = new Browser(h);
      const { url, trip } = await depart(browser);
      const asked = new URL(url).searchParams;
      assert.deepEqual([asked.get("code_challenge_method"), asked.get("response_type")], ["S256", "code"]);
      provider.asked.nonce = asked.get("nonce") ?? "";
      const back = new URL(CALLBACK);
      back.searchParams.set("code", "code");
      back.searchParams.set("state", asked.get("state") ?? "");
      return await comeBack(browser, back, trip);
    };
    const now = Math.floor(Date.now() / 1000);
    const lies: Record<string, Lie> = {
      nonce: { claims: { nonce: "another" } },
      no_nonce: { claims: { nonce: undefined } },
      issuer: { claims: { iss: "https://evil.example" } },
      audience: { claims: { aud: "another" } },
      expired: { claims: { exp: now - 3_600, iat: now - 7_200 } },
      key: { otherKey: true },
      old_proof: { claims: { auth_time: now - 13 * 3_600 } },
    };
    for (const [name, told] of Object.entries(lies)) {
      const answer = await attempt(told);
      assert.equal(answer.status, 401, `${name}: ${answer.text}`);
      assert.equal(sessionOf(answer), "", name);
    }
    assert.equal((await attempt({})).status, 303);
    const stale = await attempt({ claims: { auth_time: now - 600 } });
    const me = await h.stranger.get("/admin/me", { headers: { Cookie: sessionOf(stale) } });
    assert.equal(expectOk<{ fresh: boolean }>(me).fresh, false, "a proof of ten minutes ago");
  }, { config, clock: realTime() })();
  await provider.close();
});

Deno.test(
  "without a provider there is none to go to",
  withHarness(async (h) => {
    expectError(await h.stranger.get("/auth/oidc/start"), 404, "oidc_not_configured");
    assert.equal(expectOk(await h.stranger.get("/auth/methods"))["oidc"], null);
  }),
);

Deno.test("parseGroupRoles reads rules, and refuses what it cannot read whole", () => {
  assert.deepEqual(parseGroupRoles(" a = auditor ; cn=x,dc=y=approver:one,two;"), [
    { group: "a", role: "auditor", namespaces: null },
    { group: "cn=x,dc=y", role: "approver", namespaces: ["one", "two"] },
  ]);
  for (
    const wrong of [
      "a",
      "a=",
      "=auditor",
      "a=root",
      "a=auditor:",
      "a=auditor:x y",
      "a=auditor:x,,y",
      "a=auditor:x:y",
    ]
  ) {
    assert.equal(typeof parseGroupRoles(wrong), "string", wrong);
  }
});

Deno.test("rolesOfGroups gives nothing for what is no list of names", () => {
  const rules = [{ group: "a", role: "auditor", namespaces: null }] as const;
  for (const groups of [undefined, null, "a", { a: true }, ["A"], ["a "], [["a"]]]) {
    assert.deepEqual(rolesOfGroups(rules, groups), []);
  }
  assert.equal(rolesOfGroups(rules, ["b", "a"]).length, 1);
});
