import assert from "node:assert/strict";
import { DAY, SECOND } from "../../../shared/clock.ts";
import { generateSeed, signingKey } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { type AttestationFields, signAttestation } from "../../../shared/proofs/attestation.ts";
import type { DiscoverResponse } from "../../../shared/api/discover.ts";
import { projectTokenClaims } from "../../../server/identity/project_token.ts";
import { signToken } from "../../../server/identity/jwt.ts";
import { Client, type Harness, withHarness } from "../support/harness.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import {
  approve,
  decodeClaims,
  grantId,
  grantSecret,
  storeAndGrant,
  TestAgent,
} from "../support/test_agent.ts";

interface Stage {
  readonly agent: TestAgent;
  readonly token: string;
  readonly signed: string;
  readonly secretId: string;
  readonly grantId: string;
}

async function setUp(h: Harness, project = "p"): Promise<Stage> {
  const agent = await TestAgent.enrol(h);
  const ids = await storeAndGrant(h, project, "prod/key", { value: "canary-value" });
  const { project_token: token, signed_project_token: signed = "" } = await agent.obtain(project, ["KEY"], {
    signed: true,
  });
  return { agent, token, signed, ...ids };
}

const withheld = async ({ agent, token }: Stage) =>
  expectOk<{ withheld: unknown; env_vars: unknown }>(await agent.read("p", token));

Deno.test(
  "GET /project/secrets gives the values under the caller's names, not to be cached",
  withHarness(async (h) => {
    const { agent, token, signed } = await setUp(h, "my app ü");
    for (const bearer of [token, signed]) {
      const answer = await agent.read("my app ü", bearer);
      assert.deepEqual(expectOk(answer), { env_vars: { KEY: "canary-value" } });
      assert.equal(answer.headers.get("Cache-Control"), "no-store");
    }
  }),
);

Deno.test(
  "B15: a read leaves one row with agent, project and exactly the key list, and no value",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const answer = await agent.client.get("/project/secrets/p", {
      headers: {
        ...agent.readHeaders("/project/secrets/p", token),
        "X-Cortex-Caller-Pid": "77",
        "X-Cortex-Hostname": "h1",
      },
    });
    expectOk(answer);
    const row = await lastRow(h, "get_secrets");
    assert.deepEqual(
      [row.agent_id, row.project_name, row.namespace, row.resource_path, row.status, row.principal],
      ["agent", "p", "default", "p", "success", "agent:agent"],
    );
    assert.deepEqual(JSON.parse(row.details ?? "{}").keys, ["prod/key"]);
    assert.deepEqual([row.caller_pid, row.hostname, row.source_ip], [77, "h1", "192.0.2.10"]);
    const transcript = await h.transcript();
    assert.ok(!transcript.includes("canary-value") && !transcript.includes(token));
  }),
);

Deno.test(
  "values of every kind come as they were stored",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const text = "line\n\"quoted\" 'x' <&> \\ ü 🔑 \u2028 `=${x}";
    await storeAndGrant(h, "p", "text", { value: text });
    await storeAndGrant(h, "p", "binary", { value: "AP8B/g==", encoding: "base64" });
    await storeAndGrant(h, "p", "json", { secret_type: "JSON_CONFIG", value: '{"a": [1, 2.0]}' });
    await storeAndGrant(h, "p", "big", { value: "x".repeat(1024 * 1024) });
    const { project_token } = await agent.obtain("p", ["TEXT", "BINARY", "JSON", "BIG"]);
    const { env_vars } = expectOk<{ env_vars: Record<string, string> }>(await agent.read("p", project_token));
    assert.equal(env_vars["TEXT"], text);
    assert.equal(env_vars["BINARY"], "AP8B/g==");
    assert.equal(env_vars["JSON"], '{"a": [1, 2.0]}', "A18: a JSON_CONFIG is delivered as its text");
    assert.equal(env_vars["BIG"]?.length, 1024 * 1024);
  }),
);

Deno.test(
  "C4: a name that brings no value is named with its reason",
  withHarness(async (h) => {
    const stage = await setUp(h);
    expectOk(await h.admin.delete(`/admin/projects/p/grants/${stage.grantId}`));
    assert.deepEqual(await withheld(stage), {
      env_vars: {},
      withheld: [{ name: "KEY", reason: "grant_removed" }],
    });
    assert.deepEqual(JSON.parse((await lastRow(h, "get_secrets")).details ?? "{}").withheld, [
      "KEY:grant_removed",
    ]);
  }),
);

Deno.test(
  "B7: removing a grant, a secret or an approval takes it out of live tokens at once",
  withHarness(async (h) => {
    const stage = await setUp(h);
    const [pending] = await h.store.reader.selectFrom("pending_grants").select("id").execute();
    expectOk(await h.admin.delete(`/admin/pending-grants/${pending?.id}`));
    assert.deepEqual((await withheld(stage)).withheld, [{ name: "KEY", reason: "approval_removed" }]);
    await approve(h, grantId(await stage.agent.discover("p", ["KEY"], { regenerate: true })));
    assert.deepEqual((await withheld(stage)).env_vars, { KEY: "canary-value" });
    expectOk(await h.admin.delete(`/admin/secrets/${stage.secretId}`));
    assert.deepEqual((await withheld(stage)).withheld, [{ name: "KEY", reason: "grant_removed" }]);
  }),
);

Deno.test(
  "B7: a grant that gives the name to another secret does not deliver that one",
  withHarness(async (h) => {
    const stage = await setUp(h);
    expectOk(await h.admin.delete(`/admin/projects/p/grants/${stage.grantId}`));
    const other = await storeAndGrant(h, "other", "prod/other");
    await grantSecret(h, "p", other.secretId, "KEY");
    assert.deepEqual(await withheld(stage), {
      env_vars: {},
      withheld: [{ name: "KEY", reason: "grant_removed" }],
    });
  }),
);

Deno.test(
  "B7: deleting an agent ends its tokens",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    expectOk(await h.admin.delete("/admin/agents/agent"));
    assert.equal((await agent.read("p", token)).status, 401);
  }),
);

Deno.test(
  "B7: revoking a session ends its reads",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    expectOk(await h.admin.delete(`/admin/daemon-sessions/${agent.sessionId}`));
    expectError(await agent.read("p", token), 401, "attestation_session_ended");
  }),
);

Deno.test(
  "B8: a policy about the agent holds at every read, not one about the project's name",
  withHarness(async (h) => {
    const stage = await setUp(h);
    const policy = (policy_name: string, agent_pattern: string) => ({
      policy_name,
      agent_pattern,
      allowed_paths: [],
      denied_paths: ["prod/*"],
    });
    expectOk(await h.admin.post("/admin/policies", policy("project", "p")), 201);
    assert.deepEqual((await withheld(stage)).env_vars, { KEY: "canary-value" });
    const { id } = expectOk<{ id: string }>(
      await h.admin.post("/admin/policies", policy("agent", "agent")),
      201,
    );
    assert.deepEqual((await withheld(stage)).withheld, [{ name: "KEY", reason: "denied_by_policy" }]);
    expectOk(await h.admin.delete(`/admin/policies/${id}`));
    assert.deepEqual((await withheld(stage)).env_vars, { KEY: "canary-value" });
  }),
);

Deno.test(
  "a denial after the token was issued takes the key out",
  withHarness(async (h) => {
    const stage = await setUp(h);
    const [row] = await h.store.reader.selectFrom("pending_grants").select("id").execute();
    h.clock.advance(SECOND);
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("pending_grants").set({ status: "denied", decided_at: h.clock.now() })
        .where("id", "=", row?.id ?? "").execute();
    });
    assert.deepEqual((await withheld(stage)).withheld, [{ name: "KEY", reason: "denied" }]);
  }),
);

Deno.test(
  "an agent that was moved to another namespace has no use of its old tokens",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    expectOk(await h.admin.post("/admin/namespaces", { name: "team" }), 201);
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("agents").set({ namespace: "team" }).where("id", "=", agent.id).execute();
    });
    expectError(await agent.read("p", token), 401, "token_invalid");
  }),
);

Deno.test(
  "B6: freezing an agent stops its reads",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("agents").set({ frozen_at: h.clock.now() }).where("id", "=", agent.id).execute();
    });
    expectError(await agent.read("p", token), 403, "agent_frozen");
  }),
);

Deno.test(
  "a token ends after 14 days and when it is revoked, and says which",
  withHarness(async (h) => {
    const { agent, token, signed } = await setUp(h);
    h.clock.advance(14 * DAY);
    await agent.attest();
    for (const bearer of [token, signed]) expectError(await agent.read("p", bearer), 401, "token_expired");
    const fresh = await agent.obtain("p", ["KEY"], { signed: true });
    expectOk(await h.admin.post("/admin/projects/p/revoke", {}));
    for (const bearer of [fresh.project_token, fresh.signed_project_token ?? ""]) {
      expectError(await agent.read("p", bearer), 401, "token_revoked");
    }
  }),
);

Deno.test(
  "B21: an unknown project and a wrong token are refused alike",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const answers = [
      await agent.read("p", "ab".repeat(32)),
      await agent.read("unknown", "ab".repeat(32)),
      await agent.read("unknown", token),
    ].map((answer) => {
      const { request_id: _id, ...body } = answer.json();
      return [answer.status, body];
    });
    assert.deepEqual(answers[0], answers[1]);
    assert.deepEqual(answers[0], answers[2]);
    assert.equal(answers[0]?.[0], 401);
  }),
);

Deno.test(
  "B10: no token passes for one of another kind, project or key",
  withHarness(async (h) => {
    const { agent, token, signed } = await setUp(h, "agent");
    await storeAndGrant(h, "q", "other");
    await agent.obtain("q", ["OTHER"]);
    const claims = decodeClaims(signed);
    const { current } = h.signingKeys;
    expectError(await agent.read("agent", agent.accessToken), 401, "token_invalid");
    for (const bearer of [token, signed]) expectError(await agent.read("q", bearer), 401, "token_invalid");
    const forged = [
      await signToken(current, { ...claims, jti: crypto.randomUUID() }),
      await signToken(current, { ...claims, aud: "cortex-daemon" }),
      await signToken(current, { ...claims, sub: "q" }),
      await signToken({ kid: current.kid, key: signingKey(generateSeed()) }, claims),
    ];
    for (const bearer of forged) expectError(await agent.read("agent", bearer), 401, "token_invalid");
    const early = projectTokenClaims({
      jti: String(claims["jti"]),
      projectName: "agent",
      namespace: "default",
      agentId: "agent",
      scope: ["everything"],
      issuedAt: h.clock.now(),
    });
    const wider = await signToken(current, early);
    assert.deepEqual(
      expectOk(await agent.read("agent", wider)),
      { env_vars: { KEY: "canary-value" } },
      "the row decides the scope",
    );
  }),
);

Deno.test(
  "a read needs its bearer, spelled so",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const headers = agent.readHeaders("/project/secrets/p", token);
    for (const Authorization of ["", "Bearer ", `bearer ${token}`, `Basic ${token}`, token]) {
      expectError(
        await agent.client.get("/project/secrets/p", { headers: { ...headers, Authorization } }),
        401,
        "auth_required",
      );
    }
  }),
);

Deno.test(
  "every field of the attestation of a read counts",
  withHarness(async (h) => {
    const { agent, token, signed } = await setUp(h);
    const other = await TestAgent.enrol(h, "other");
    const cases: readonly (readonly [Partial<AttestationFields>, string])[] = [
      [{ sessionId: crypto.randomUUID() }, "attestation_session_ended"],
      [{ sessionId: other.sessionId }, "attestation_invalid"],
      [{ ts: agent.seconds - 301 }, "attestation_expired"],
      [{ ts: agent.seconds + 301 }, "attestation_expired"],
      [{ bodySha256: sha256Hex("x") }, "attestation_invalid"],
      [{ authTokenId: sha256Hex("another token") }, "attestation_invalid"],
      [{ authTokenId: "agent:agent" }, "attestation_invalid"],
      [{ authTokenId: String(decodeClaims(signed)["jti"]) }, "attestation_invalid"],
    ];
    for (const [fields, code] of cases) expectError(await agent.read("p", token, fields), 401, code);
    for (const ts of [agent.seconds - 300, agent.seconds + 300]) {
      if (ts > agent.seconds) expectOk(await agent.read("p", token, { ts }));
    }
  }),
);

Deno.test(
  "an attestation is bound to method and path, and to all of its own parts",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const read = (header: string) =>
      agent.client.get("/project/secrets/p", {
        headers: { Authorization: `Bearer ${token}`, "X-Daemon-Attestation": header },
      });
    const fields = {
      sessionId: agent.sessionId,
      ts: agent.seconds,
      jti: crypto.randomUUID(),
      bodySha256: sha256Hex(""),
      authTokenId: sha256Hex(token),
    };
    const sign = (method: string, path: string) =>
      signAttestation(agent.attestationKey, fields, { method, path });
    for (
      const [method, path] of [["POST", "/project/secrets/p"], ["GET", "/project/secrets/q"], [
        "GET",
        "/project/config/p",
      ]]
    ) {
      expectError(await read(sign(method ?? "", path ?? "")), 401, "attestation_invalid");
    }
    const good = sign("GET", "/project/secrets/p");
    const parts = good.split(".");
    const broken = [
      parts.slice(1).join("."),
      `${good}.x`,
      `x.${good}`,
      good.replaceAll(".", "|"),
      "",
      "......",
      "a".repeat(5_000),
      parts.with(1, "1e9").join("."),
      parts.with(1, "-5").join("."),
      parts.with(2, crypto.randomUUID()).join("."),
      parts.with(2, "").join("."),
      parts.with(5, "A".repeat(86)).join("."),
      parts.with(5, `${parts[5]}=`).join("."),
    ];
    for (const header of broken) {
      const answer = await read(header);
      assert.equal(answer.status, 401, header);
      assert.match(String(answer.json()["error_code"]), /^attestation_/);
    }
    expectOk(await read(good), 200);
  }),
);

Deno.test(
  "one attestation is used once, also by requests at the same moment and on another route",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const headers = agent.readHeaders("/project/secrets/p", token);
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => agent.client.get("/project/secrets/p", { headers })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401]);
    const jti = crypto.randomUUID();
    expectOk(await agent.read("p", token, { jti }));
    expectError(await agent.read("p", token, { jti, ts: agent.seconds + 1 }), 401, "attestation_replayed");
  }),
);

Deno.test(
  "a header that was refused has not used its id up",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const jti = crypto.randomUUID();
    const { attestationKey } = agent;
    agent.attestationKey = signingKey(generateSeed());
    expectError(await agent.read("p", token, { jti }), 401, "attestation_invalid");
    agent.attestationKey = attestationKey;
    expectOk(await agent.read("p", token, { jti }));
  }),
);

Deno.test(
  "a decoy among the names gives nothing: token revoked, alarm in the log, a plain 401",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "real");
    await storeAndGrant(h, "p", "bait", { is_honey_token: true });
    const { project_token } = await agent.obtain("p", ["REAL", "BAIT"]);
    const answer = await agent.read("p", project_token);
    assert.equal(answer.status, 401);
    assert.doesNotMatch(answer.text, /honey|decoy|bait|alarm/i);
    const row = await lastRow(h, "honey_token_access");
    assert.deepEqual([row.status, row.resource_path, row.agent_id, row.project_name], [
      "alarm",
      "bait",
      "agent",
      "p",
    ]);
    expectError(await agent.read("p", project_token), 401, "token_revoked");
    assert.equal(
      (await h.auditRows()).filter(({ action }) => action === "get_secrets").filter(({ status }) =>
        status === "success"
      ).length,
      0,
    );
  }),
);

Deno.test(
  "A3: a value that does not open fails the request, with a row that names it",
  withHarness(async (h) => {
    const { agent, token, secretId } = await setUp(h);
    await h.ledger.commit(async ({ db }) => {
      const row = await db.selectFrom("secrets").select("sealed_body").where("id", "=", secretId)
        .executeTakeFirstOrThrow();
      const sealed_body = row.sealed_body.with(-1, (row.sealed_body.at(-1) ?? 0) ^ 1);
      await db.updateTable("secrets").set({ sealed_body }).where("id", "=", secretId).execute();
    });
    const answer = await agent.read("p", token);
    expectError(answer, 500, "server_internal");
    const row = await lastRow(h, "secret_undecryptable");
    assert.deepEqual([row.status, row.resource_path], ["alarm", "prod/key"]);
  }),
);

Deno.test(
  "B12: a sealed value that was moved onto a granted row does not open",
  withHarness(async (h) => {
    const { agent, token, secretId } = await setUp(h);
    const other = await storeAndGrant(h, "other", "prod/crown-jewels");
    await h.ledger.commit(async ({ db }) => {
      const row = await db.selectFrom("secrets").select(["sealed_body", "wrapped_dek", "kek_version"])
        .where("id", "=", other.secretId).executeTakeFirstOrThrow();
      await db.updateTable("secrets").set(row).where("id", "=", secretId).execute();
    });
    expectError(await agent.read("p", token), 500, "server_internal");
  }),
);

Deno.test(
  "a read tells when a discover of everything would bring more",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const more = async () => expectOk(await agent.read("p", token))["more_granted"];
    assert.equal(await more(), undefined);
    await storeAndGrant(h, "p", "template", { secret_type: "TEMPLATE_CONFIG", value: "x" });
    assert.equal(await more(), undefined);
    await storeAndGrant(h, "p", "later");
    assert.deepEqual(await more(), ["LATER"]);
    const waiting = grantId(await agent.discover("p", "all", { regenerate: true }));
    assert.deepEqual(await more(), ["LATER"]);
    expectOk(await h.admin.post(`/admin/pending-grants/${waiting}/deny`, {}));
    assert.equal(await more(), undefined, "a person has decided: asking again brings nothing");
  }),
);

Deno.test(
  "HEAD checks everything and opens nothing",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const path = "/project/secrets/p";
    const header = agent.header({ method: "HEAD", path }, { authTokenId: sha256Hex(token) });
    const before = (await h.auditRows()).length;
    const answer = await agent.client.send("HEAD", path, {
      headers: { Authorization: `Bearer ${token}`, "X-Daemon-Attestation": header },
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, "");
    assert.equal((await h.auditRows()).length, before);
  }),
);

Deno.test(
  "only refused reads are limited",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    for (let at = 0; at < 320; at++) assert.equal((await agent.read("p", token)).status, 200);
    const stranger = new Client(h.app, {}, "198.51.100.7");
    const statuses = new Set<number>();
    for (let at = 0; at < 320; at++) {
      statuses.add(
        (await stranger.get("/project/secrets/p", { headers: { Authorization: "Bearer x" } })).status,
      );
    }
    assert.deepEqual([...statuses], [401, 429]);
    assert.equal((await agent.read("p", token)).status, 200);
  }),
);

Deno.test(
  "an approval for once gives one release, whoever asks first, and then waits for a person again",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key", { value: "canary-value" });
    const id = grantId(await agent.discover("p", ["KEY"]));
    expectOk(await h.admin.post(`/admin/pending-grants/${id}/approve`, { term: "once" }));
    const token = expectOk<DiscoverResponse>(await agent.discover("p", ["KEY"])).project_token;
    const answers = await Promise.all([agent.read("p", token), agent.read("p", token)]);
    const values = answers.filter(({ text }) => text.includes("canary-value"));
    assert.equal(values.length, 1);
    assert.ok(!(await agent.read("p", token)).text.includes("canary-value"));
    assert.equal((await agent.discover("p", ["KEY"], { regenerate: true })).status, 403);
  }),
);

Deno.test(
  "an approval for a day ends reads after it, although the token is alive",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key", { value: "canary-value" });
    const id = grantId(await agent.discover("p", ["KEY"]));
    expectOk(await h.admin.post(`/admin/pending-grants/${id}/approve`, { term: "day" }));
    const token = expectOk<DiscoverResponse>(await agent.discover("p", ["KEY"])).project_token;
    assert.ok((await agent.read("p", token)).text.includes("canary-value"));
    h.clock.advance(DAY + SECOND);
    await agent.attest();
    assert.match((await agent.read("p", token)).text, /approval_removed/);
  }),
);
