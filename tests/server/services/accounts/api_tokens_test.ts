/** API tokens of people, sessions of others, and the admin token's end. */

import assert from "node:assert/strict";
import { DAY } from "../../../../shared/clock.ts";
import { loadAdminTokens } from "../../../../server/identity/admin_token.ts";
import { expectError, expectOk } from "../../support/expect.ts";
import { ADMIN_TOKEN, type Answer, Client, type Harness, withHarness } from "../../support/harness.ts";
import { type Browser, enter } from "../../support/people.ts";
import { seedSecret } from "../../support/seed.ts";

const SUPER = [{ role: "super-admin", namespaces: null }] as const;

interface Made {
  readonly id: string;
  readonly token: string;
}

const make = (browser: Client, more: Record<string, unknown> = {}): Promise<Answer> =>
  browser.post("/admin/api-tokens", { name: "ci", rights: ["metadata.read"], expires_in_days: 7, ...more });

const bearer = (h: Harness, token: string) => new Client(h.app, { Authorization: `Bearer ${token}` });

Deno.test(
  "an API token is shown once, does what it was given and no more, and is nowhere in the database or the log",
  withHarness(async (h) => {
    const { browser } = await enter(h, "ada@example.com", SUPER);
    const id = await seedSecret(h, "key");
    const { token } = expectOk<Made>(await make(browser), 201);
    const client = bearer(h, token);
    expectOk(await client.get("/admin/secrets"));
    expectError(await client.get(`/admin/secrets/${id}`), 403, "auth_forbidden");
    const reader = expectOk<Made>(await make(browser, { rights: ["secret.read"] }), 201);
    expectOk(await bearer(h, reader.token).get(`/admin/secrets/${id}`));
    const row = (await h.auditRows()).filter(({ action }) => action === "read_secret").at(-1);
    assert.equal(row?.principal, "person:ada@example.com");
    assert.equal(JSON.parse(row?.details ?? "{}").actor_by, "api_token");
    const listed = (await browser.get("/admin/api-tokens")).text;
    const stored = Deno.inspect(await h.store.reader.selectFrom("admin_api_tokens").selectAll().execute());
    for (const text of [listed, stored, await h.transcript()]) assert.equal(text.includes(token), false);
  }),
);

Deno.test(
  "an API token ends by its day, by being revoked, and with its person; and loses what its person loses",
  withHarness(async (h) => {
    const { id, browser } = await enter(h, "ada@example.com", SUPER);
    await enter(h, "bob@example.com", SUPER);
    const short = bearer(h, expectOk<Made>(await make(browser, { expires_in_days: 1 }), 201).token);
    const revoked = expectOk<Made>(await make(browser), 201);
    const client = bearer(h, expectOk<Made>(await make(browser, { expires_in_days: 30 }), 201).token);
    expectOk(await browser.delete(`/admin/api-tokens/${revoked.id}`));
    expectError(await browser.delete(`/admin/api-tokens/${revoked.id}`), 404, "api_token_not_found");
    expectError(await bearer(h, revoked.token).get("/admin/secrets"), 401, "auth_invalid");
    h.clock.advance(DAY);
    expectError(await short.get("/admin/secrets"), 401, "auth_invalid");
    expectOk(await client.get("/admin/secrets"));
    expectOk(await h.admin.put(`/admin/people/${id}`, { roles: [] }));
    expectError(await client.get("/admin/secrets"), 403, "auth_forbidden");
    expectOk(await h.admin.put(`/admin/people/${id}`, { roles: SUPER }));
    expectOk(await client.get("/admin/secrets"));
    expectOk(await h.admin.post(`/admin/people/${id}/disable`));
    expectError(await client.get("/admin/secrets"), 401, "auth_invalid");
    expectOk(await h.admin.post(`/admin/people/${id}/enable`));
    expectError(await client.get("/admin/secrets"), 401, "auth_invalid");
  }),
);

Deno.test(
  "an API token cannot be given rights that its person lacks, nor those that move keys or make more of them",
  withHarness(async (h) => {
    const { browser } = await enter(h, "bob@example.com", [{ role: "approver", namespaces: ["mine"] }]);
    for (const right of ["secret.read", "vault.manage", "people.manage", "self", "nonsense"]) {
      expectError(await make(browser, { rights: [right] }), 400, "request_invalid");
    }
    expectError(await make(browser, { namespaces: ["foreign"] }), 400, "request_invalid");
    const { token } = expectOk<Made>(await make(browser, { namespaces: ["mine"] }), 201);
    expectError(await make(bearer(h, token)), 403, "auth_forbidden");
    const other = await enter(h, "eve@example.com", SUPER);
    const { id } = expectOk<Made>(await make(browser), 201);
    expectError(await other.browser.delete(`/admin/api-tokens/${id}`), 404, "api_token_not_found");
  }),
);

Deno.test(
  "people see and end their own sessions, and who looks after people those of everybody",
  withHarness(async (h) => {
    const ada = await enter(h, "ada@example.com", SUPER);
    const bob = await enter(h, "bob@example.com", [{ role: "auditor", namespaces: null }]);
    const list = async (browser: Browser) =>
      expectOk<{ id: string; email: string; current: boolean }[]>(await browser.get("/admin/sessions"));
    const own = await list(bob.browser);
    assert.deepEqual(own.map(({ email, current }) => [email, current]), [["bob@example.com", true]]);
    const all = await list(ada.browser);
    assert.equal(all.length, 2);
    const adas = all.find(({ current }) => current)?.id ?? "";
    expectError(await bob.browser.delete(`/admin/sessions/${adas}`), 404, "session_not_found");
    expectOk(await ada.browser.delete(`/admin/sessions/${own[0]?.id}`));
    expectError(await bob.browser.get("/admin/sessions"), 401, "auth_invalid");
  }),
);

Deno.test(
  "the last super-admin can be neither shut out nor made less",
  withHarness(async (h) => {
    const { id } = await enter(h, "ada@example.com", SUPER);
    const elsewhere = await enter(h, "bob@example.com", [{ role: "super-admin", namespaces: ["mine"] }]);
    expectError(await h.admin.post(`/admin/people/${id}/disable`), 409, "person_last_super_admin");
    expectError(await h.admin.put(`/admin/people/${id}`, { roles: [] }), 409, "person_last_super_admin");
    expectOk(await h.admin.put(`/admin/people/${elsewhere.id}`, { roles: SUPER }));
    expectOk(await h.admin.post(`/admin/people/${id}/disable`));
  }),
);

Deno.test(
  "B18: the admin token can be switched off, and then not even the right one passes",
  withHarness(async (h) => {
    const answer = await h.stranger.get("/admin/secrets", { headers: { "X-Admin-Token": ADMIN_TOKEN } });
    expectError(answer, 401, "auth_invalid");
  }, { config: { adminTokenDisabled: true } }),
);

Deno.test(
  "B18: a generated admin token is rotated at once and for good; one of the environment is not",
  withHarness(async (h) => {
    const { store, ledger, keys, clock } = h;
    const options = { store, ledger, pepper: keys.tokenPepper, clock };
    const tokens = await loadAdminTokens({ ...options, fromEnvironment: undefined });
    const first = tokens.generated ?? "";
    const entry = {
      principal: "admin",
      action: "admin_token_rotate",
      status: "success",
      origin: { requestId: null, sourceIp: null, caller: {} },
    };
    const second = await tokens.rotate?.(entry) ?? "";
    assert.deepEqual([tokens.verify(first), tokens.verify(second)], [false, true]);
    const after = await loadAdminTokens({ ...options, fromEnvironment: undefined });
    assert.deepEqual([after.generated, after.verify(first), after.verify(second)], [undefined, false, true]);
    const fixed = await loadAdminTokens({ ...options, fromEnvironment: "a token of the environment" });
    assert.equal(fixed.rotate, undefined);
    expectError(await h.admin.post("/admin/admin-token/rotate"), 409, "admin_token_from_environment");
  }),
);
