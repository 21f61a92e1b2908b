import assert from "node:assert/strict";
import { DAY, SECOND } from "../../../shared/clock.ts";
import { generateSeed, signingKey } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import type { DiscoverResponse } from "../../../shared/api/discover.ts";
import type { AttestationFields } from "../../../shared/proofs/attestation.ts";
import { createApp } from "../../../server/app.ts";
import { ADMIN_TOKEN, Client, type Harness, withHarness } from "../support/harness.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import {
  approve,
  decodeClaims,
  grantId,
  grantSecret,
  storeAndGrant,
  TestAgent,
} from "../support/test_agent.ts";

const pendingRows = (h: Harness) => h.store.reader.selectFrom("pending_grants").selectAll().execute();
const projectRows = (h: Harness) => h.store.reader.selectFrom("projects").selectAll().execute();

Deno.test(
  "POST /agent/discover answers as section 2.2 says",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "my app", "prod/openai_api_key");
    await storeAndGrant(h, "my app", "db");
    const body = await agent.obtain("my app", ["openai_API_key", "DB", "MISSING"], { signed: true });
    assert.deepEqual(body.mapped_keys, { openai_API_key: "prod/openai_api_key", DB: "db" });
    assert.equal(body.full_matched, false);
    assert.deepEqual(body.unmatched_keys, ["MISSING"]);
    assert.deepEqual(body.scope, ["db", "prod/openai_api_key"]);
    assert.equal(body.namespace, "default");
    assert.equal(body.token_ttl_seconds, 1_209_600);
    assert.match(body.project_token, /^[0-9a-f]{64}$/);
    assert.equal(body.token_expires_at, "2026-01-16 03:04:06");
    assert.equal(body.withheld_keys, undefined);
    const claims = decodeClaims(body.signed_project_token ?? "");
    assert.equal(claims["sub"], "my app");
    assert.deepEqual(claims["scope"], body.scope);
    assert.equal(claims["agent_id"], "agent");
    const row = await lastRow(h, "discover");
    assert.deepEqual([row.agent_id, row.project_name, row.status], ["agent", "my app", "success"]);
    assert.deepEqual(JSON.parse(row.details ?? "{}").keys, body.scope);
  }),
);

Deno.test(
  "POST /agent/discover is fully matched only where every name is, and there is one",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    assert.equal((await agent.obtain("p", ["KEY"])).full_matched, true);
    assert.equal(expectOk<DiscoverResponse>(await agent.discover("empty", [])).full_matched, false);
  }),
);

Deno.test(
  "a discover of an agent is pending first, with what a person has to see",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    const first = await agent.discover("p", ["KEY"]);
    const id = grantId(first);
    const { details } = first.json<{ details: Record<string, unknown> }>();
    assert.deepEqual(details["requested_keys"], ["prod/key"]);
    assert.equal(details["agent_id"], "agent");
    assert.equal(details["project_name"], "p");
    assert.equal(grantId(await agent.discover("p", ["KEY"])), id);
    assert.equal((await pendingRows(h)).length, 1);
    const actions = (await h.auditRows()).map(({ action, status }) => `${action} ${status}`);
    assert.ok(actions.includes("discover_pending_new pending"));
    assert.ok(actions.includes("discover_pending_existing pending"));
    assert.deepEqual(await projectRows(h), [], "nothing is bound before a person has approved");
  }),
);

Deno.test(
  "two first discovers at the same moment make one request and, approved, one token",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const both = await Promise.all([agent.discover("p", ["KEY"]), agent.discover("p", ["KEY"])]);
    assert.equal(new Set(both.map(grantId)).size, 1);
    await approve(h, grantId(both[0]));
    const answers = await Promise.all([1, 2, 3].map(() => agent.discover("p", ["KEY"])));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
    expectError(
      answers.find(({ status }) => status === 409) ?? answers[0] ?? both[0],
      409,
      "project_token_active",
    );
  }),
);

Deno.test(
  "A5: a lost token is replaced on request; the old one ends for good",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const lost = await agent.obtain("p", ["KEY"], { signed: true });
    expectError(await agent.discover("p", ["KEY"]), 409, "project_token_active");
    const fresh = expectOk<DiscoverResponse>(await agent.discover("p", ["KEY"], { regenerate: true }));
    assert.equal((await agent.read("p", fresh.project_token)).status, 200);
    expectError(await agent.read("p", lost.project_token), 401, "token_revoked");
    expectError(await agent.read("p", lost.signed_project_token ?? ""), 401, "token_revoked");
    assert.ok(await lastRow(h, "rotate_token"));
  }),
);

Deno.test(
  "B10: no earlier token comes back to life, whatever is issued later",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const tokens: string[] = [];
    for (let issue = 0; issue < 4; issue++) {
      const { project_token, signed_project_token = "" } = await agent.obtain("p", ["KEY"], {
        regenerate: true,
        signed: true,
      });
      tokens.push(project_token, signed_project_token);
      if (issue === 1) expectOk(await h.admin.post("/admin/projects/p/revoke", {}));
    }
    for (const old of tokens.slice(0, -2)) expectError(await agent.read("p", old), 401, "token_revoked");
    for (const current of tokens.slice(-2)) assert.equal((await agent.read("p", current)).status, 200);
  }),
);

Deno.test(
  "a revoked or expired token is re-issued to the owning agent without asking",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    await agent.obtain("p", ["KEY"]);
    expectOk(await h.admin.post("/admin/projects/p/revoke", {}));
    expectOk(await agent.discover("p", ["KEY"]));
    h.clock.advance(14 * DAY);
    await agent.attest();
    expectOk(await agent.discover("p", ["KEY"]));
    assert.ok(await lastRow(h, "auto_rotate_token"));
  }),
);

Deno.test(
  "B6: a frozen project or agent gets no token until a person lifts it",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const { project_token } = await agent.obtain("p", ["KEY"]);
    expectOk(await h.admin.post("/admin/projects/p/freeze", {}));
    expectError(await agent.discover("p", ["KEY"], { regenerate: true }), 403, "project_frozen");
    expectError(await agent.read("p", project_token), 403, "project_frozen");
    expectOk(await h.admin.post("/admin/projects/p/unfreeze", {}));
    expectOk(await agent.discover("p", ["KEY"], { regenerate: true }));
    expectOk(await h.admin.post("/admin/agents/agent/freeze", {}));
    const refused = await agent.discover("p", ["KEY"], { regenerate: true });
    assert.ok(refused.status === 403 || refused.status === 401, refused.text);
  }),
);

Deno.test(
  "A6: changed names and grants take effect by a discover of the same agent",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    await agent.obtain("p", ["ONE"]);
    await storeAndGrant(h, "p", "two");
    const waiting = await agent.discover("p", ["ONE", "TWO"], { regenerate: true });
    assert.deepEqual(waiting.json<{ details: { requested_keys: string[] } }>().details.requested_keys, [
      "two",
    ]);
    await approve(h, grantId(waiting));
    const fresh = expectOk<DiscoverResponse>(await agent.discover("p", ["ONE", "TWO"], { regenerate: true }));
    assert.deepEqual(fresh.scope, ["one", "two"]);
  }),
);

Deno.test(
  "A20: the same discover after a partial approval gets the approved part and is told of the rest",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    await storeAndGrant(h, "p", "two");
    await approve(h, grantId(await agent.discover("p", ["ONE", "TWO"])), ["one"]);
    const body = expectOk<DiscoverResponse>(await agent.discover("p", ["ONE", "TWO"]));
    assert.deepEqual(body.mapped_keys, { ONE: "one" });
    assert.deepEqual(body.scope, ["one"]);
    assert.deepEqual(body.unmatched_keys, ["TWO"]);
    assert.equal(body.full_matched, false);
    assert.deepEqual(body.withheld_keys, [{ name: "TWO", key_path: "two", reason: "not_approved" }]);
    assert.equal((await pendingRows(h)).length, 1, "no second request for what a person has left out");
    assert.deepEqual((await agent.read("p", body.project_token)).json(), {
      env_vars: { ONE: "value of one" },
    });
  }),
);

Deno.test(
  "A21: a wider discover while one waits is recorded in the same request",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    await storeAndGrant(h, "p", "two");
    const id = grantId(await agent.discover("p", ["ONE"]));
    h.clock.advance(SECOND);
    const wider = await agent.discover("p", ["TWO", "ONE"]);
    assert.equal(grantId(wider), id);
    const [row, ...more] = await pendingRows(h);
    assert.deepEqual(more, []);
    assert.equal(row?.requested_keys, JSON.stringify(["one", "two"]));
    assert.equal(row?.updated_at, h.clock.now());
    await approve(h, id);
    assert.deepEqual(expectOk<DiscoverResponse>(await agent.discover("p", ["TWO", "ONE"])).scope, [
      "one",
      "two",
    ]);
  }),
);

Deno.test(
  "A21: a denial blocks its keys until it is deleted, and nothing else",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    await storeAndGrant(h, "p", "two");
    const id = grantId(await agent.discover("p", ["ONE"]));
    expectOk(await h.admin.post(`/admin/pending-grants/${id}/deny`, {}));
    expectError(await agent.discover("p", ["ONE"]), 403, "grant_denied");
    assert.equal((await lastRow(h, "discover_denied")).agent_id, "agent");
    await approve(h, grantId(await agent.discover("p", ["ONE", "TWO"])));
    const body = expectOk<DiscoverResponse>(await agent.discover("p", ["ONE", "TWO"]));
    assert.deepEqual(body.scope, ["two"]);
    assert.deepEqual(body.withheld_keys, [{ name: "ONE", key_path: "one", reason: "denied" }]);
    expectOk(await h.admin.delete(`/admin/pending-grants/${id}`));
    grantId(await agent.discover("p", ["ONE"], { regenerate: true }));
  }),
);

Deno.test(
  "an approval lets later discovers pass for 30 days, and its subsets too",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    await storeAndGrant(h, "p", "two");
    await agent.obtain("p", ["ONE", "TWO"]);
    h.clock.advance(30 * DAY - SECOND);
    await agent.login();
    await agent.attest();
    assert.deepEqual(expectOk<DiscoverResponse>(await agent.discover("p", ["TWO"])).scope, ["two"]);
    h.clock.advance(SECOND);
    grantId(await agent.discover("p", ["TWO"], { regenerate: true }));
  }),
);

Deno.test(
  "B20: an agent without an approved key cannot take a project name",
  withHarness(async (h) => {
    const squatter = await TestAgent.enrol(h, "squatter");
    const rightful = await TestAgent.enrol(h, "rightful");
    const empty = expectOk<DiscoverResponse>(await squatter.discover("p", []));
    assert.deepEqual(empty.scope, []);
    assert.deepEqual((await squatter.read("p", empty.project_token)).json(), { env_vars: {} });
    assert.deepEqual(await projectRows(h), []);
    await storeAndGrant(h, "p", "key");
    const waiting = grantId(await squatter.discover("p", ["KEY"]));
    const body = await rightful.obtain("p", ["KEY"]);
    assert.deepEqual((await rightful.read("p", body.project_token)).json(), {
      env_vars: { KEY: "value of key" },
    });
    assert.deepEqual((await squatter.read("p", empty.project_token)).json(), { env_vars: {} });
    await approve(h, waiting);
    expectError(await squatter.discover("p", ["KEY"]), 403, "project_agent_mismatch");
    expectError(await squatter.discover("p", []), 403, "project_agent_mismatch");
  }),
);

Deno.test(
  "a token for nothing is bound to its agent, its project and an attested request",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h, "one");
    const other = await TestAgent.enrol(h, "two");
    const { project_token } = expectOk<DiscoverResponse>(await agent.discover("p", []));
    expectError(await agent.read("q", project_token), 401, "token_invalid");
    expectError(await other.read("p", project_token), 401, "attestation_invalid");
    expectError(
      await h.stranger.get("/project/secrets/p", { headers: { Authorization: `Bearer ${project_token}` } }),
      401,
      "attestation_required",
    );
    expectError(await agent.config("p", "any", project_token), 404, "template_not_found");
    assert.equal((await agent.discover("p", [])).status, 200, "there is no token to be active");
  }),
);

Deno.test(
  "a project whose agent was deleted goes to the next agent that a person approves",
  withHarness(async (h) => {
    const first = await TestAgent.enrol(h, "first");
    await storeAndGrant(h, "p", "key");
    const old = await first.obtain("p", ["KEY"]);
    expectOk(await h.admin.delete("/admin/agents/first"));
    const second = await TestAgent.enrol(h, "second");
    const body = await second.obtain("p", ["KEY"]);
    assert.equal((await second.read("p", body.project_token)).status, 200);
    assert.equal((await second.read("p", old.project_token)).status, 401);
  }),
);

Deno.test(
  "agents of one id in two namespaces are told apart by their sessions",
  withHarness(async (h) => {
    expectOk(await h.admin.post("/admin/namespaces", { name: "team" }), 201);
    const mine = await TestAgent.enrol(h, "bot");
    const theirs = await TestAgent.enrol(h, "bot", { namespace: "team" });
    await storeAndGrant(h, "p", "key");
    const body = await mine.obtain("p", ["KEY"]);
    assert.equal(body.namespace, "default");
    const other = expectOk<DiscoverResponse>(await theirs.discover("p", ["KEY"]));
    assert.deepEqual([other.namespace, other.scope, other.unmatched_keys], ["team", [], ["KEY"]]);
    expectError(await theirs.read("p", body.project_token), 401, "attestation_invalid");
  }),
);

Deno.test(
  "A16: namespaces hold the same key path, project and agent side by side",
  withHarness(async (h) => {
    expectOk(await h.admin.post("/admin/namespaces", { name: "staging" }), 201);
    const tokens: string[] = [];
    const agents: TestAgent[] = [];
    for (const namespace of ["default", "staging"]) {
      const body = { key_path: "key", secret_type: "KEY_VALUE", value: `in ${namespace}`, namespace };
      const { id } = expectOk<{ id: string }>(await h.admin.post("/admin/secrets", body), 201);
      await grantSecret(h, "p", id);
      const agent = await TestAgent.enrol(h, "bot", { namespace });
      agents.push(agent);
      tokens.push((await agent.obtain("p", ["KEY"])).project_token);
    }
    const values = await Promise.all(
      agents.map(async (agent, at) => (await agent.read("p", tokens[at] ?? "")).json()),
    );
    assert.deepEqual(values, [{ env_vars: { KEY: "in default" } }, { env_vars: { KEY: "in staging" } }]);
  }),
);

Deno.test(
  "a policy keeps a key from an agent at discover",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    const policy = {
      policy_name: "no-prod",
      agent_pattern: "agent",
      allowed_paths: [],
      denied_paths: ["prod/*"],
    };
    expectOk(await h.admin.post("/admin/policies", policy), 201);
    const body = expectOk<DiscoverResponse>(await agent.discover("p", ["KEY"]));
    assert.deepEqual([body.scope, body.unmatched_keys], [[], ["KEY"]]);
  }),
);

Deno.test(
  "all_granted maps every granted value without a file",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "b/two");
    await storeAndGrant(h, "p", "a/one");
    await storeAndGrant(h, "p", "conf", { secret_type: "TEMPLATE_CONFIG", value: "x" });
    const body = await agent.obtain("p", "all");
    assert.deepEqual(body.mapped_keys, { ONE: "a/one", TWO: "b/two" });
  }),
);

Deno.test(
  "POST /agent/discover checks in the contract's order",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const client = agent.client;
    const body = (more: Record<string, unknown>) => ({ ...agent.discoverBody("p", []), ...more });
    const send = (what: unknown) => client.post("/agent/discover", what);
    expectError(await send("{not json"), 400, "request_malformed_json");
    expectError(await send({ agent_id: "agent" }), 400, "request_invalid");
    expectError(await send(body({ agent_id: "nobody" })), 401, "proof_invalid");
    expectError(await send(body({ ts: null })), 401, "proof_invalid");
    expectError(await send(body({ nonce: null })), 401, "proof_invalid");
    expectError(await send(body({ ts: agent.seconds - 301 })), 401, "proof_expired");
    expectError(await send(body({ ts: agent.seconds + 301 })), 401, "proof_expired");
    expectError(await send(body({ auth_proof: "x" })), 401, "proof_invalid");
    expectError(await send(body({ nonce: "another" })), 401, "proof_invalid");
    expectError(await send(body({})), 401, "attestation_required");
    expectError(await agent.discover("bad/name", []), 400, "request_invalid");
    expectOk(await agent.discover("p", []));
  }),
);

Deno.test(
  "POST /agent/discover takes any content type, as the predecessor did",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const body = JSON.stringify(agent.discoverBody("p", []));
    const attestation = agent.header({ method: "POST", path: "/agent/discover" }, {
      authTokenId: "agent:agent",
      bodySha256: sha256Hex(body),
    });
    const headers = { "X-Daemon-Attestation": attestation, "Content-Type": "text/plain" };
    expectOk(await agent.client.post("/agent/discover", body, { headers }));
  }),
);

Deno.test(
  "a proof by another key, or for another agent, is refused",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h, "one");
    const other = await TestAgent.enrol(h, "two");
    expectError(await agent.discover("p", [], { body: { agent_id: "two" } }), 401, "proof_invalid");
    Object.assign(agent, { sessionId: other.sessionId, attestationKey: other.attestationKey });
    expectError(await agent.discover("p", []), 401, "attestation_invalid");
  }),
);

Deno.test(
  "a nonce is used once, also by two discovers at the same moment",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const nonce = randomHex(8);
    const answers = await Promise.all([1, 2, 3].map(() => agent.discover("p", [], { nonce })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
    const again = await agent.discover("p", [], { nonce });
    expectError(again, 401, "proof_replayed");
    assert.match(again.text, /replay/);
  }),
);

Deno.test(
  "every field of the attestation of a discover counts",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const cases: readonly (readonly [Partial<AttestationFields>, string])[] = [
      [{ sessionId: crypto.randomUUID() }, "attestation_session_ended"],
      [{ ts: agent.seconds - 301 }, "attestation_expired"],
      [{ ts: agent.seconds + 301 }, "attestation_expired"],
      [{ bodySha256: sha256Hex("other") }, "attestation_invalid"],
      [{ authTokenId: "agent:other" }, "attestation_invalid"],
      [{ authTokenId: "agent:agent.x" }, "attestation_invalid"],
    ];
    for (const [attestation, code] of cases) {
      expectError(await agent.discover("p", [], { attestation }), 401, code);
    }
  }),
);

Deno.test(
  "the discovers of one agent are limited, not those of its neighbours behind one address",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h, "one");
    const other = await TestAgent.enrol(h, "two");
    const statuses = new Set<number>();
    for (let at = 0; at < 70; at++) statuses.add((await agent.discover("p", [])).status);
    assert.deepEqual([...statuses], [200, 429]);
    expectOk(await other.discover("p", []));
  }),
);

Deno.test(
  "B24: an agent cannot fill the list of requests",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const { secretId } = await storeAndGrant(h, "p0", "key");
    for (let at = 1; at < 52; at++) await grantSecret(h, `p${at}`, secretId);
    const statuses: number[] = [];
    for (let at = 0; at < 52; at++) {
      h.clock.advance(2 * SECOND);
      statuses.push((await agent.discover(`p${at}`, ["KEY"])).status);
    }
    assert.equal(statuses.filter((status) => status === 403).length, 50);
    assert.deepEqual(statuses.slice(-2), [429, 429]);
  }),
);

Deno.test(
  "CORTEX_DISABLE_REQUEST_SIGNING lets the predecessor's 'discover' command through, and nobody else",
  withHarness(async (h) => {
    h.clock.advance(SECOND);
    const agent = new TestAgent(h, "agent");
    await agent.register();
    await storeAndGrant(h, "p", "key");
    const waiting = await agent.discover("p", ["KEY"], { attestation: null });
    await approve(h, grantId(waiting));
    const body = expectOk<DiscoverResponse>(await agent.discover("p", ["KEY"], { attestation: null }));
    const headers = { Authorization: `Bearer ${body.project_token}` };
    const values = await agent.client.get("/project/secrets/p", { headers });
    assert.deepEqual(values.json(), { env_vars: { KEY: "value of key" } });
    agent.key = signingKey(generateSeed());
    expectError(await agent.discover("p", ["KEY"], { attestation: null }), 401, "proof_invalid");
  }, { config: { requireAttestation: false } }),
);

/** The same database under a new process. */
function restart(h: Harness): Client {
  return new Client(
    createApp({
      ...h,
      config: { trustedProxies: [], dashboardOrigins: [], requireAttestation: true },
      adminToken: { verify: (text) => text === ADMIN_TOKEN },
      log: { warn: () => {}, error: () => {} },
    }),
    {},
  );
}

Deno.test(
  "B16: what was signed before a restart is refused after it, and a fresh signature passes",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const { project_token } = await agent.obtain("p", ["KEY"]);
    const used = agent.readHeaders("/project/secrets/p", project_token);
    const get = (client: Client, headers: Record<string, string>) =>
      client.get("/project/secrets/p", { headers });
    assert.equal((await get(agent.client, used)).status, 200);
    expectError(await get(agent.client, used), 401, "attestation_replayed");
    const restarted = restart(h);
    for (let second = 0; second < 3; second++) {
      const refused = await get(restarted, used);
      expectError(refused, 401, "attestation_expired");
      const { details } = refused.json<{ details: Record<string, unknown> }>();
      assert.equal(details["reason"], "before_server_start");
      h.clock.advance(SECOND);
    }
    assert.equal((await get(restarted, agent.readHeaders("/project/secrets/p", project_token))).status, 200);
  }),
);

Deno.test(
  "B16: a client whose clock runs ahead cannot be replayed across a restart either",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const { project_token } = await agent.obtain("p", ["KEY"]);
    const ahead = 100;
    const headers = () =>
      agent.readHeaders("/project/secrets/p", project_token, { ts: agent.seconds + ahead });
    const get = (client: Client, what: Record<string, string>) =>
      client.get("/project/secrets/p", { headers: what });
    const used = headers();
    const [one, two] = await Promise.all([get(agent.client, used), get(agent.client, headers())]);
    assert.deepEqual([one.status, two.status], [200, 200], "many requests of one second pass");
    h.clock.advance(5 * SECOND);
    const restarted = restart(h);
    h.clock.advance(SECOND);
    assert.equal((await get(restarted, headers())).status, 200, "a fresh signature passes at once");
    for (let second = 0; second < 420; second += 10) {
      expectError(await get(restarted, used), 401, "attestation_expired");
      h.clock.advance(10 * SECOND);
    }
  }),
);

Deno.test(
  "B16: a discover that was signed before a restart is refused after it",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const ts = agent.seconds;
    expectOk(await agent.discover("p", []));
    const client = restart(h);
    h.clock.advance(SECOND);
    const body = JSON.stringify(agent.discoverBody("p", [], { ts }));
    const header = agent.header({ method: "POST", path: "/agent/discover" }, {
      authTokenId: "agent:agent",
      bodySha256: sha256Hex(body),
    });
    expectError(
      await client.post("/agent/discover", body, { headers: { "X-Daemon-Attestation": header } }),
      401,
      "proof_expired",
    );
  }),
);
