/**
 * Real answers beside the API document: each answer of a server in this process is held to it, down to fields that the document does
 * not name, and nearly every operation is answered here at least once.
 */

import assert from "node:assert/strict";
import { bindingOf } from "../../../shared/command/binding.ts";
import type { CommandFacts } from "../../../shared/api/command.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { Authenticator } from "../support/authenticator.ts";
import { expectError, expectOk } from "../support/expect.ts";
import { type Answer, Client, createHarness, type Harness } from "../support/harness.ts";
import { Browser, enter, PERSON_PASSWORD } from "../support/people.ts";
import { freshPublicKey, seedAgent, seedPendingGrant, seedSecret } from "../support/seed.ts";
import { newSshLogin } from "../support/ssh_login.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";
import { TEST_PASSWORD } from "../support/vault_fixture.ts";
import { Documented, documentOf } from "./documented.ts";

/** Operations whose success needs more than is here: a provider of identities, an admin token in the database, an hour. Their schemas have their own tests. */
const NOT_HERE: readonly string[] = [
  "GET /auth/oidc/callback",
  "GET /auth/oidc/start",
  "GET /admin/waiting/stream",
  "DELETE /admin/signing-keys/{kid}",
  "POST /admin/notification-channels/{id}/test",
  "POST /sys/seal",
  "POST /admin/admin-token/rotate",
];

interface Watched {
  readonly h: Harness;
  readonly seen: Set<string>;
  readonly documented: Documented;
}

/** A harness each answer of which is checked before the test gets it. */
async function watched(): Promise<Watched> {
  const h = await createHarness();
  const documented = new Documented(await documentOf(h));
  const seen = new Set<string>();
  const request: Harness["app"]["request"] = async (path, init, info) => {
    const response = await h.app.request(path, init, info);
    const { status, headers } = response;
    const text = await response.clone().text();
    const method = init?.method ?? "GET";
    documented.check(method, String(path), { status, headers, text, json: () => JSON.parse(text) });
    const operation = documented.operationAt(method, String(path));
    if (operation !== undefined && status < 400) seen.add(operation.operationId);
    return response;
  };
  const app = { ...h.app, request };
  const clients = { admin: new Client(app, h.admin.headers), stranger: new Client(app, {}) };
  return { h: { ...h, app, ...clients }, seen, documented };
}

type Ids = Readonly<Record<string, string>>;
const idOf = (answer: Answer, status = 201) => expectOk<{ id: string }>(answer, status).id;

async function publicSide({ stranger }: Harness): Promise<void> {
  const paths = ["/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json", "/sys/seal-status"];
  for (const path of [...paths, "/.well-known/cortex-audit-head", "/auth/methods"]) {
    expectOk(await stranger.get(path));
  }
  expectOk(await stranger.get("/.well-known/cortex-audit-consistency?from=1"));
  expectOk(await stranger.post("/sys/unseal", {}));
  expectError(await stranger.get("/.well-known/cortex-audit-consistency?from=99999"), 404, "audit_not_found");
}

async function secrets({ admin }: Harness, secretId: string): Promise<void> {
  const at = `/admin/secrets/${secretId}`;
  expectOk(await admin.put(at, { value: "another value of sixteen" }));
  expectOk(await admin.put(at, { value: "a third value of sixteen" }));
  for (const path of ["/admin/secrets?limit=1", at, `${at}/uses`, `${at}/versions`, `${at}/versions/1`]) {
    expectOk(await admin.get(path));
  }
  expectOk(await admin.post(`${at}/rollback`, { to_version: 1 }));
  expectOk(await admin.delete(`${at}/versions/1`));
  expectOk(await admin.delete(`${at}/versions?keep=0`));
  expectOk(await admin.post("/admin/secrets/bulk", { content: "A=1\nwrong\n", partial: true }));
  expectError(await admin.get("/admin/secrets/none"), 404, "secret_not_found");
  expectError(await admin.post("/admin/secrets", { key_path: 1 }), 400, "request_invalid");
  expectError(await admin.post("/admin/secrets", "no json"), 400, "request_malformed_json");
}

async function agents(h: Harness): Promise<void> {
  const { admin } = h;
  await seedAgent(h, "other");
  const at = "/admin/agents/other";
  expectOk(await admin.put(at, { description: "new" }));
  expectOk(await admin.post(`${at}/freeze`, { reason: "why" }));
  expectOk(await admin.get("/admin/agents"));
  expectOk(await admin.post(`${at}/unfreeze`));
  const sha256 = "cd".repeat(32);
  expectOk(await admin.post(`${at}/allowed-callers`, { sha256 }), 201);
  expectOk(await admin.get(`${at}/allowed-callers`));
  expectOk(await admin.delete(`${at}/allowed-callers?sha256=${sha256}&allow_any=true`));
  const twice = { agent_id: "other", agent_pub: freshPublicKey() };
  expectError(await admin.post("/admin/agents", twice), 409, "agent_exists");
  expectOk(await admin.delete(at));
}

async function settings({ admin }: Harness): Promise<void> {
  const policy = { policy_name: "p", agent_pattern: "a*", allowed_paths: ["x/*"] };
  const policyId = idOf(await admin.post("/admin/policies", policy));
  expectOk(await admin.get("/admin/policies"));
  expectOk(await admin.put(`/admin/policies/${policyId}`, { on_leak: "freeze" }));
  expectOk(await admin.delete(`/admin/policies/${policyId}`));
  expectOk(await admin.post("/admin/namespaces", { name: "spare" }), 201);
  expectOk(await admin.put("/admin/namespaces/spare", { two_people: true }));
  expectOk(await admin.get("/admin/namespaces"));
  expectOk(await admin.delete("/admin/namespaces/spare"));
  const sha = "ef".repeat(32);
  expectOk(await admin.post("/admin/allowed-daemon-versions", { binary_sha256: sha, enabled: false }), 201);
  expectOk(await admin.get("/admin/allowed-daemon-versions"));
  expectOk(await admin.delete(`/admin/allowed-daemon-versions/${sha}`));
  const config = { url: "https://hooks.example.org/x", secret: "a secret of sixteen" };
  const channel = { channel_type: "webhook", name: "ops", config };
  const at = `/admin/notification-channels/${
    idOf(await admin.post("/admin/notification-channels", channel))
  }`;
  expectOk(await admin.get("/admin/notification-channels"));
  expectOk(await admin.put(at, { enabled: false }));
  expectOk(await admin.get(`${at}/deliveries`));
  expectOk(await admin.delete(at));
}

async function reports(h: Harness): Promise<void> {
  assert.equal((await h.admin.get("/metrics")).status, 200);
  const { admin } = h;
  for (const name of ["overview", "waiting", "reach", "usage", "audit-sinks", "signing-keys", "rotate-key"]) {
    expectOk(await admin.get(`/admin/${name}`));
  }
  expectOk(await admin.get("/admin/shamir/sets"));
  expectOk(await admin.get("/admin/policies/test?agent_id=agent&project=shop&key_path=prod/key"));
  const [row] = expectOk<{ id: string }[]>(await admin.get("/admin/audit-logs?limit=2"));
  expectOk(await admin.get(`/admin/audit-logs/${row?.id}`));
  expectOk(await admin.get(`/admin/audit-logs/${row?.id}/proof`));
  expectOk(await admin.post("/admin/audit-logs/verify", {}));
  expectOk(await admin.post("/admin/page-links"), 201);
  expectOk(await admin.post("/admin/signing-keys/rotate", { immediate: true }));
}

async function vaultKeys({ admin, stranger }: Harness): Promise<void> {
  expectError(await admin.post("/admin/rotate-key", {}), 400, "request_invalid");
  expectOk(await admin.post("/admin/shamir/generate", { threshold: 2, shares: 3, password: TEST_PASSWORD }));
  expectOk(await admin.post("/admin/rotate-key", { new_kek_password: "a new password of words" }));
  expectOk(await admin.get("/admin/shamir/sets"));
  expectError(await stranger.post("/admin/rotate-key", {}), 401, "auth_required");
  assert.equal((await admin.post("/admin/backup")).status, 200);
}

const COMMAND: CommandFacts = {
  files: [{ path: "/usr/bin/git", sha256: "a".repeat(64) }],
  args: ["push"],
  directory: "/srv/shop",
  repository: null,
};

async function postProven(agent: TestAgent, path: string, more: object): Promise<Answer> {
  const { context: _context, ...proof } = agent.discoverBody("shop", []);
  const text = JSON.stringify({ ...proof, project_name: "shop", ...more });
  const bodySha256 = sha256Hex(text);
  const header = agent.header({ method: "POST", path }, {
    authTokenId: `agent:${agent.agentId}`,
    bodySha256,
  });
  return await agent.client.post(path, text, { headers: { "X-Daemon-Attestation": header } });
}

async function hostSide(h: Harness): Promise<Ids & { readonly secretId: string; readonly grantId: string }> {
  const agent = await TestAgent.enrol(h);
  const ids = await storeAndGrant(h, "shop", "prod/key", { value: "a value of many letters" });
  await storeAndGrant(h, "shop", "app/conf", { secret_type: "TEMPLATE_CONFIG", value: "k={{KEY}}\n" });
  await storeAndGrant(h, "shop", "data", { secret_type: "JSON_CONFIG", value: "{}" });
  const login = newSshLogin();
  await storeAndGrant(h, "shop", "deploy", { secret_type: "SSH_KEY", value: login.privateKey });
  const body = { context: { project_name: "shop", file_content: "KEY=\nDATA=\n", ssh_keys: true } };
  const { project_token: token } = await agent.obtain("shop", ["KEY"], { body });
  expectOk(await agent.read("shop", token));
  const nonce = randomHex(16);
  expectOk(await agent.postSigned("/project/run/shop", token, { nonce, names: null, command: COMMAND }));
  assert.equal((await agent.config("shop", "app/conf", token)).status, 200);
  assert.equal((await agent.config("shop", "data", token)).status, 200);
  const template = { template: { text: "{{KEY}}" }, destination: { kind: "program" } };
  expectOk(await agent.postSigned("/project/template/shop", token, template));
  const leaks = [{ name: "KEY", stream: "stdout", times: 1 }];
  expectOk(await agent.postSigned("/project/leaks/shop", token, { program: "env", leaks }));
  const path = "/project/ssh-keys/shop";
  expectOk(await agent.client.get(path, { headers: agent.readHeaders(path, token) }));
  expectOk(await agent.postSigned(`${path}/sign`, token, { name: "DEPLOY", data: login.data }));
  await h.admin.put(`/admin/projects/shop/grants/${ids.grantId}`, { delivery: "never" });
  const hmac = { kind: "hmac", name: "KEY", hash: "sha256", message: "aGVsbG8=" };
  expectOk(await agent.postSigned("/project/sign/shop", token, hmac));
  const binding = bindingOf(COMMAND, "/usr/bin", { patterns: false, commit: false });
  const asked = { names: ["KEY"], binding, uses: 1, seconds: 60, note: null };
  await h.admin.put(`/admin/projects/shop/grants/${ids.grantId}`, { delivery: "env", bound: true });
  const requests = [];
  for (const uses of [1, 2]) {
    requests.push(expectOk<{ id: string; request_sha256: string }>(
      await postProven(agent, "/agent/command-requests", { ...asked, uses }),
    ));
  }
  expectOk(await postProven(agent, "/agent/explain", { names: null, command: COMMAND }));
  await commandGrants(h, requests);
  expectError(await agent.read("shop", "00".repeat(32)), 401, "token_invalid");
  return { ...ids, session: agent.sessionId };
}

async function commandGrants(
  { admin }: Harness,
  [first, second]: readonly { readonly id: string; readonly request_sha256: string }[],
): Promise<void> {
  expectOk(await admin.get("/admin/command-grants"));
  const approval = { request_sha256: first?.request_sha256 };
  expectOk(await admin.post(`/admin/command-grants/${first?.id}/approve`, approval));
  expectOk(await admin.post(`/admin/command-grants/${second?.id}/deny`));
  expectOk(await admin.delete(`/admin/command-grants/${first?.id}`));
}

async function approvals(h: Harness): Promise<void> {
  const { admin, stranger } = h;
  const agentRef = await seedAgent(h, "waiting");
  const [first, second] = [
    await seedPendingGrant(h, agentRef, ["x"]),
    await seedPendingGrant(h, agentRef, ["y"], "b"),
  ];
  expectOk(await admin.get("/admin/pending-grants?status=pending"));
  expectOk(await admin.post(`/admin/pending-grants/${first}/approve`, { term: "day" }));
  expectOk(await admin.post(`/admin/pending-grants/${second}/deny`, {}));
  expectOk(await admin.delete(`/admin/pending-grants/${first}`));
  const started = expectOk<{ user_code: string; device_code: string }>(
    await stranger.post("/device/authorize", {}),
  );
  expectOk(await admin.get(`/admin/devices/by-code/${started.user_code}`));
  const { device_code, user_code } = started;
  expectError(await stranger.post("/device/token", { device_code }), 401, "authorization_pending");
  expectOk(await admin.post("/admin/web/device/deny", { user_code }));
  expectOk(await admin.get("/admin/devices"));
}

async function projects({ admin }: Harness, { grantId, session }: Ids): Promise<void> {
  expectOk(await admin.get("/admin/projects"));
  expectOk(await admin.get("/admin/projects/shop/grants"));
  for (const verb of ["freeze", "unfreeze", "revoke", "revoke"]) {
    expectOk(await admin.post(`/admin/projects/shop/${verb}`));
  }
  expectOk(await admin.post("/admin/projects/shop/rebind", { agent_id: "waiting" }));
  expectOk(await admin.delete(`/admin/projects/shop/grants/${grantId}`));
  expectOk(await admin.delete("/admin/projects/shop"));
  expectOk(await admin.get("/admin/daemon-sessions"));
  expectOk(await admin.delete(`/admin/daemon-sessions/${session}`));
  expectOk(await admin.delete("/admin/devices/agent"));
}

async function people(h: Harness): Promise<void> {
  const { admin } = h;
  const ada = await enter(h, "ada@example.com", [{ role: "super-admin", namespaces: null }]);
  const ben = await enter(h, "ben@example.com", [{ role: "auditor", namespaces: ["default"] }]);
  expectOk(await ada.browser.signIn(ada.email));
  const at = `/admin/people/${ben.id}`;
  expectOk(await admin.get("/admin/people"));
  expectOk(await admin.put(at, { display_name: "Ben" }));
  expectOk(await admin.post(`${at}/invite`), 201);
  expectOk(await admin.post(`${at}/disable`));
  expectOk(await admin.post(`${at}/enable`));
  expectOk(await admin.delete(`${at}/sessions`));
  const { browser } = ada;
  const token = { name: "script", rights: ["metadata.read"], expires_in_days: 1 };
  const tokenId = idOf(await browser.post("/admin/api-tokens", token));
  for (const path of ["me", "sessions", "api-tokens", "me/passkeys"]) {
    expectOk(await browser.get(`/admin/${path}`));
  }
  expectOk(await browser.delete(`/admin/api-tokens/${tokenId}`));
  expectOk(await browser.post("/auth/reauthenticate", { password: PERSON_PASSWORD }));
  await passkeys(h, browser);
  expectOk(
    await browser.put("/admin/me/password", {
      password: PERSON_PASSWORD,
      new_password: "other words, all new",
    }),
  );
  const other = new Browser(h);
  const step = expectOk<{ ticket: string }>(await other.signIn(ada.email, "other words, all new"));
  const made = expectOk<{ recovery_codes: string[] }>(await browser.post("/admin/me/recovery-codes"), 201);
  const code = made.recovery_codes[0];
  expectOk(await other.post("/auth/signin/recovery-code", { ticket: step.ticket, code }));
  const sessions = expectOk<{ id: string; current: boolean }[]>(await browser.get("/admin/sessions"));
  expectOk(await browser.delete(`/admin/sessions/${sessions.find(({ current }) => !current)?.id}`));
  expectError(await new Browser(h).signIn(ada.email, "wrong"), 401, "auth_sign_in_failed");
  expectOk(await browser.post("/auth/signout"));
}

async function passkeys(h: Harness, browser: Browser): Promise<void> {
  const key = new Authenticator("http://localhost");
  type Challenge = { readonly challenge_id: string; readonly options: { readonly challenge: string } };
  const begin = async (by: Browser, path: string) => expectOk<Challenge>(await by.post(`${path}/options`));
  const added = await begin(browser, "/admin/me/passkeys");
  const credential = key.create(added.options);
  const body = { challenge_id: added.challenge_id, name: "key", credential };
  const id = idOf(await browser.post("/admin/me/passkeys", body));
  for (
    const [by, path] of [[new Browser(h), "/auth/signin/passkey"], [
      browser,
      "/auth/reauthenticate/passkey",
    ]] as const
  ) {
    const { challenge_id, options } = await begin(by, path);
    expectOk(await by.post(path, { challenge_id, credential: key.get(options) }));
  }
  expectOk(await browser.get("/admin/me/passkeys"));
  const spare = new Authenticator("http://localhost");
  const second = await begin(browser, "/admin/me/passkeys");
  const more = { challenge_id: second.challenge_id, name: "spare", credential: spare.create(second.options) };
  expectOk(await browser.post("/admin/me/passkeys", more), 201);
  expectOk(await browser.delete(`/admin/me/passkeys/${id}`));
}

Deno.test("answers of a real server are as the document says, of nearly every operation", async () => {
  const { h, seen, documented } = await watched();
  try {
    await publicSide(h);
    const ids = await hostSide(h);
    await secrets(h, ids.secretId);
    await agents(h);
    await settings(h);
    await approvals(h);
    await reports(h);
    await projects(h, ids);
    await people(h);
    await vaultKeys(h);
    expectOk(await h.admin.delete(`/admin/secrets/${await seedSecret(h, "last")}`));
    const unseen = [...documented.operations].filter(([, { operationId }]) => !seen.has(operationId));
    assert.deepEqual(unseen.map(([name]) => name).sort(), [...NOT_HERE].sort());
  } finally {
    await h.app.stop();
    await h.dispose();
  }
});
