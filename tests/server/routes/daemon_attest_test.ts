import assert from "node:assert/strict";
import { DAY, MINUTE, SECOND } from "../../../shared/clock.ts";
import { generateSeed, keyFingerprint, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { type AttestProofFields, signAttestProof } from "../../../shared/proofs/attest_proof.ts";
import type { DaemonAttestResponse } from "../../../shared/api/daemon.ts";
import { signerOfAnswer } from "../../../shared/proofs/server_proof.ts";
import { makeAccessToken } from "../../../server/identity/access_token.ts";
import { signToken } from "../../../server/identity/jwt.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { decodeClaims, storeAndGrant, TestAgent } from "../support/test_agent.ts";

const SHA = "ab".repeat(32);
const allow = (h: Harness, binary_sha256: string, enabled = true) =>
  h.admin.post("/admin/allowed-daemon-versions", { binary_sha256, enabled });

function proofOf(agent: TestAgent, over: Partial<AttestProofFields> = {}): Record<string, unknown> {
  const fields = {
    ts: agent.seconds,
    nonce: randomHex(8),
    agentId: agent.agentId,
    attestationPub: toBase64Url(publicKeyOf(agent.attestationKey)),
    binarySha256: SHA,
    bootId: "boot-1",
    ...over,
  };
  return {
    agent_proof: signAttestProof(agent.key, fields),
    proof_ts: fields.ts,
    proof_nonce: fields.nonce,
    boot_id: fields.bootId,
  };
}

Deno.test(
  "POST /daemon/attest opens a session of 24 hours",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const body = expectOk(await agent.sendAttest());
    assert.match(String(body["session_id"]), /^[0-9a-f-]{36}$/);
    assert.equal(body["expires_in"], 86_400);
    assert.equal(body["allowlist_enforced"], false);
    assert.equal(body["access_token"], undefined);
    const row = await lastRow(h, "daemon_attest");
    assert.deepEqual([row.agent_id, row.resource_path, row.status], ["agent", SHA, "success"]);
  }),
);

Deno.test(
  "B5: POST /daemon/attest refuses expired, revoked, unknown and foreign tokens, and agents that are gone or frozen",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const claims = decodeClaims(agent.accessToken);
    const { current } = h.signingKeys;
    expectError(await agent.sendAttest({}, "nonsense"), 401, "token_invalid");
    expectError(await h.stranger.post("/daemon/attest", {}), 401, "auth_required");
    const withoutRow = await makeAccessToken(current, {
      id: agent.id,
      agent_id: "agent",
      namespace: "default",
    }, h.clock.now());
    expectError(await agent.sendAttest({}, withoutRow.token), 401, "token_invalid");
    expectError(
      await agent.sendAttest({}, await signToken(current, { ...claims, sub: "other" })),
      401,
      "token_invalid",
    );
    expectError(
      await agent.sendAttest({}, await signToken(current, { ...claims, aud: "cortex-cli" })),
      401,
      "token_invalid",
    );
    expectOk(await h.admin.post("/admin/agents/agent/freeze", {}));
    expectError(await agent.sendAttest(), 403, "agent_frozen");
    expectOk(await h.admin.post("/admin/agents/agent/unfreeze", {}));
    expectOk(await agent.sendAttest());
    expectOk(await h.admin.delete("/admin/agents/agent"));
    expectError(await agent.sendAttest(), 401, "token_invalid");
  }),
);

Deno.test(
  "B5: an access token ends after 30 days",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    h.clock.advance(30 * DAY - 2 * SECOND);
    expectOk(await agent.sendAttest());
    h.clock.advance(2 * SECOND);
    expectError(await agent.sendAttest(), 401, "token_expired");
  }),
);

Deno.test(
  "B10: a project token is no access token",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h, "app");
    await storeAndGrant(h, "app", "key");
    const { project_token, signed_project_token = "" } = await agent.obtain("app", ["KEY"], { signed: true });
    expectError(await agent.sendAttest({}, project_token), 401, "token_invalid");
    expectError(await agent.sendAttest({}, signed_project_token), 401, "token_invalid");
  }),
);

Deno.test(
  "POST /daemon/attest refuses keys and hashes that cannot be",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    for (
      const attestation_pub of [
        "",
        "x",
        toBase64Url(new Uint8Array(31)),
        toBase64Url(new Uint8Array(32)),
        agent.publicKey,
      ]
    ) {
      expectError(await agent.sendAttest({ attestation_pub }), 400, "request_invalid");
    }
    for (const binary_sha256 of ["", "  ", "a b", "ä"]) {
      expectError(await agent.sendAttest({ binary_sha256 }), 400, "request_invalid");
    }
  }),
);

Deno.test(
  "the allowlist lets listed binaries in, by exact text, and says so",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    expectOk(await allow(h, SHA), 201);
    assert.equal(expectOk(await agent.sendAttest())["allowlist_enforced"], true);
    expectError(await agent.sendAttest({ binary_sha256: "cd".repeat(32) }), 403, "binary_not_allowed");
    expectError(await agent.sendAttest({ binary_sha256: SHA.toUpperCase() }), 403, "binary_not_allowed");
    const rows = (await h.auditRows()).filter(({ action }) => action === "daemon_attest_rejected");
    assert.deepEqual(rows.map(({ status, agent_id }) => [status, agent_id]), [["denied", "agent"], [
      "denied",
      "agent",
    ]]);
  }),
);

Deno.test(
  "B7: an allowlist whose rows are all switched off is still enforced",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    expectOk(await allow(h, SHA, false), 201);
    expectError(await agent.sendAttest(), 403, "binary_disabled");
    expectError(await agent.sendAttest({ binary_sha256: "cd".repeat(32) }), 403, "binary_not_allowed");
  }),
);

Deno.test(
  "B7: removing a binary from the allowlist ends its sessions",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    expectOk(await allow(h, SHA), 201);
    await agent.attest();
    expectOk(await agent.discover("p", []));
    expectOk(await h.admin.delete(`/admin/allowed-daemon-versions/${SHA}`));
    expectError(await agent.discover("p", []), 401, "attestation_session_ended");
  }),
);

Deno.test(
  "each agent has one session per host: the new one ends the old one",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const { sessionId, attestationKey } = agent;
    const elsewhere =
      expectOk<{ session_id: string }>(await agent.sendAttest({ hostname: "other-host" })).session_id;
    expectOk(await agent.discover("p", []), 200);
    await agent.attest();
    expectOk(await agent.discover("p", []));
    Object.assign(agent, { sessionId, attestationKey });
    expectError(await agent.discover("p", []), 401, "attestation_session_ended");
    agent.sessionId = elsewhere;
    expectOk(await agent.discover("p", []));
  }),
);

Deno.test(
  "A4: a session ends after 24 hours, and a new one takes its place",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    h.clock.advance(DAY - SECOND);
    expectOk(await agent.discover("p", []));
    h.clock.advance(SECOND);
    expectError(await agent.discover("p", []), 401, "attestation_session_ended");
    await agent.attest();
    expectOk(await agent.discover("p", []));
  }),
);

Deno.test(
  "a daemon that proves the agent key is given a new access token past half of its life",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    h.clock.advance(15 * DAY);
    assert.equal(
      expectOk(await agent.sendAttest(proofOf(agent)))["access_token"],
      undefined,
      "exactly half is left",
    );
    h.clock.advance(SECOND);
    assert.equal(expectOk(await agent.sendAttest())["access_token"], undefined, "no proof, no new token");
    const body = expectOk(await agent.sendAttest(proofOf(agent)));
    assert.equal(body["access_token_expires_in"], 2_592_000);
    agent.accessToken = String(body["access_token"]);
    h.clock.advance(20 * DAY);
    expectOk(await agent.sendAttest());
  }),
);

Deno.test(
  "a daemon stays logged in for a year by renewing",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    for (let day = 0; day < 365; day += 5) {
      const body = expectOk(await agent.sendAttest(proofOf(agent)));
      if (body["access_token"] !== undefined) agent.accessToken = String(body["access_token"]);
      h.clock.advance(5 * DAY);
    }
    expectOk(await h.admin.delete("/admin/devices/agent"));
    expectError(await agent.sendAttest(), 401, "token_revoked");
  }),
);

Deno.test(
  "B2: an agent proof that does not fit is refused, whatever field it does not fit",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const other = signingKey(generateSeed());
    const wrong: Partial<AttestProofFields>[] = [
      { agentId: "other" },
      { attestationPub: toBase64Url(publicKeyOf(other)) },
      { binarySha256: "cd".repeat(32) },
    ];
    for (const over of wrong) expectError(await agent.sendAttest(proofOf(agent, over)), 401, "proof_invalid");
    for (
      const field of [{ boot_id: "boot-2" }, { proof_nonce: randomHex(8) }, { proof_ts: agent.seconds + 1 }]
    ) {
      expectError(await agent.sendAttest({ ...proofOf(agent), ...field }), 401, "proof_invalid");
    }
    expectError(await agent.sendAttest({ ...proofOf(agent), proof_ts: null }), 401, "proof_invalid");
    expectError(await agent.sendAttest(proofOf(agent, { ts: agent.seconds - 301 })), 401, "proof_expired");
    const proof = proofOf(agent);
    expectOk(await agent.sendAttest(proof));
    expectError(await agent.sendAttest(proof), 401, "proof_replayed");
  }),
);

Deno.test(
  "attesting in a loop is limited per agent",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const statuses: number[] = [];
    for (let tries = 0; tries < 25; tries++) statuses.push((await agent.sendAttest()).status);
    assert.deepEqual([...new Set(statuses)], [200, 429]);
    h.clock.advance(MINUTE);
    expectOk(await agent.sendAttest());
  }),
);

Deno.test(
  "the answer to a daemon that proves itself is signed by the server's key of the moment; to others it is not",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    assert.equal("server_proof" in expectOk(await agent.sendAttest()), false);
    for (let rotation = 0; rotation < 2; rotation++) {
      const sent = proofOf(agent);
      const body = expectOk<DaemonAttestResponse>(await agent.sendAttest(sent));
      const { kid, key } = h.signingKeys.current;
      assert.equal(body.server_proof?.kid, kid);
      const signer = signerOfAnswer(body.server_proof ?? { kid: "", x: "", signature: "" }, {
        nonce: String(sent["proof_nonce"]),
        attestationPub: toBase64Url(publicKeyOf(agent.attestationKey)),
        sessionId: body.session_id,
        expiresIn: body.expires_in,
        accessToken: body.access_token,
        allowedCallers: body.allowed_callers,
      });
      assert.equal(signer, keyFingerprint(publicKeyOf(key)));
      expectOk(await h.admin.post("/admin/signing-keys/rotate", { immediate: true }));
      h.clock.advance(SECOND);
    }
  }),
);
