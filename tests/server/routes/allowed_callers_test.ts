/** Programs that may act for an agent: the admin's list, and what it does to requests. */

import assert from "node:assert/strict";
import type { DaemonAttestResponse } from "../../../shared/api/daemon.ts";
import { MAX_ALLOWED_CALLERS } from "../../../shared/caller/allowed_callers.ts";
import { publicKeyOf } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { signAttestProof } from "../../../shared/proofs/attest_proof.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const [SHA, OTHER] = ["ab".repeat(32), "cd".repeat(32)];
const LIST = "/admin/agents/agent/allowed-callers";
const PARENTS = JSON.stringify([{ pid: 5, name: "bash", sha256: OTHER, started: "2026-01-02T03:04:05Z" }]);

function proofOf(agent: TestAgent): Record<string, unknown> {
  const proof_nonce = randomHex(8);
  const fields = {
    ts: agent.seconds,
    nonce: proof_nonce,
    agentId: agent.agentId,
    attestationPub: toBase64Url(publicKeyOf(agent.attestationKey)),
    binarySha256: SHA,
  };
  return { agent_proof: signAttestProof(agent.key, fields), proof_ts: fields.ts, proof_nonce };
}

/** An agent with a project that gives one value. */
async function withProject(h: Harness) {
  const agent = await TestAgent.enrol(h);
  await storeAndGrant(h, "app", "a/KEY");
  const { project_token: token } = await agent.obtain("app", ["KEY"]);
  const read = (headers: Record<string, string> = {}) =>
    agent.client.get("/project/secrets/app", {
      headers: { ...agent.readHeaders("/project/secrets/app", token), ...headers },
    });
  return { agent, read };
}

Deno.test(
  "the list of callers is added to, listed and taken from, each with its row",
  withHarness(async (h) => {
    await TestAgent.enrol(h);
    const added = expectOk(
      await h.admin.post(LIST, { sha256: ` ${SHA.toUpperCase()}`, label: "cortex 0.1" }),
      201,
    );
    assert.deepEqual([added["sha256"], added["role"], added["label"]], [SHA, "caller", "cortex 0.1"]);
    const row = await lastRow(h, "allowed_caller_add");
    assert.deepEqual([row.action, row.agent_id, row.resource_path], ["allowed_caller_add", "agent", SHA]);
    expectOk(await h.admin.post(LIST, { sha256: SHA, role: "parent" }), 201);
    const rows = expectOk<Record<string, unknown>[]>(await h.admin.get(LIST));
    assert.deepEqual(rows.map(({ role, created_by }) => [role, created_by]), [
      ["caller", "admin"],
      ["parent", "admin"],
    ]);
    expectError(await h.admin.post(LIST, { sha256: SHA }), 409, "allowlist_exists");
    expectError(await h.admin.delete(`${LIST}?sha256=${OTHER}`), 404, "allowlist_not_found");
    expectOk(await h.admin.post(LIST, { sha256: OTHER }), 201);
    const removed = expectOk(await h.admin.delete(`${LIST}?sha256=${SHA}`));
    assert.deepEqual(removed, { removed: true, enforced: true });
  }),
);

Deno.test(
  "the last program of a role goes only when any program is meant to be allowed",
  withHarness(async (h) => {
    await TestAgent.enrol(h);
    for (const role of ["caller", "parent"]) expectOk(await h.admin.post(LIST, { sha256: SHA, role }), 201);
    expectError(await h.admin.delete(`${LIST}?sha256=${SHA}`), 409, "allowlist_last_entry");
    assert.equal(expectOk<unknown[]>(await h.admin.get(LIST)).length, 2);
    const removed = expectOk(await h.admin.delete(`${LIST}?sha256=${SHA}&allow_any=true`));
    assert.deepEqual(removed, { removed: true, enforced: false });
  }),
);

Deno.test(
  "the list of callers refuses what is no hash, no role and no agent, and one too many",
  withHarness(async (h) => {
    await TestAgent.enrol(h);
    for (const sha256 of ["", "xyz", SHA.slice(1), `${SHA}00`]) {
      expectError(await h.admin.post(LIST, { sha256 }), 400, "request_invalid");
    }
    expectError(await h.admin.post(LIST, { sha256: SHA, role: "friend" }), 400, "request_invalid");
    expectError(await h.admin.post(LIST, { sha256: SHA, label: "a\nb" }), 400, "request_invalid");
    expectError(await h.admin.get("/admin/agents/nobody/allowed-callers"), 404, "agent_not_found");
    for (let count = 0; count < MAX_ALLOWED_CALLERS; count++) {
      expectOk(await h.admin.post(LIST, { sha256: sha256Hex(String(count)) }), 201);
    }
    expectError(await h.admin.post(LIST, { sha256: SHA }), 400, "request_invalid");
  }),
);

Deno.test(
  "an attestation tells the daemon the list of its agent and of no other",
  withHarness(async (h) => {
    const [agent, other] = [await TestAgent.enrol(h), await TestAgent.enrol(h, "other")];
    expectOk(await h.admin.post(LIST, { sha256: SHA, role: "parent" }), 201);
    const list = async (of: TestAgent) =>
      expectOk<DaemonAttestResponse>(await of.sendAttest(proofOf(of))).allowed_callers;
    assert.deepEqual(await list(agent), [{ sha256: SHA, role: "parent" }]);
    assert.deepEqual(await list(other), []);
    // The predecessor's daemon, and whoever has a stolen access token, is told nothing.
    assert.equal("allowed_callers" in expectOk(await agent.sendAttest()), false);
  }),
);

Deno.test(
  "reads and discovers are refused for a program that is not listed or not told, and the row names agent and program",
  withHarness(async (h) => {
    const { agent, read } = await withProject(h);
    expectOk(await read());
    expectOk(await h.admin.post(LIST, { sha256: SHA }), 201);
    expectError(await read(), 403, "client_caller_not_allowed");
    expectError(await read({ "X-Cortex-Caller-Binary-Sha256": OTHER }), 403, "client_caller_not_allowed");
    const row = await lastRow(h, "get_secrets");
    assert.deepEqual(
      [row.action, row.status, row.principal],
      ["get_secrets", "denied:client_caller_not_allowed", "agent:agent"],
    );
    const refused = await agent.discover("app", ["KEY"]);
    expectError(refused, 403, "client_caller_not_allowed");
    assert.deepEqual(refused.json()["details"], { agent_id: "agent", role: "caller", sha256: null });
    assert.equal((await lastRow(h, "discover")).principal, "agent:agent");
    expectOk(await read({ "X-Cortex-Caller-Binary-Sha256": SHA }));
    expectOk(await read({ "X-Cortex-Caller-Binary-Sha256": OTHER, "X-Cortex-Caller-Allowed-By": "host" }));
    assert.match((await lastRow(h, "get_secrets")).details ?? "", /"caller_allowed_by":"host"/);
  }),
);

Deno.test(
  "a list of parents is held against the parents that the daemon tells",
  withHarness(async (h) => {
    const { read } = await withProject(h);
    expectOk(await h.admin.post(LIST, { sha256: OTHER, role: "parent" }), 201);
    expectError(await read({ "X-Cortex-Caller-Binary-Sha256": OTHER }), 403, "client_caller_not_allowed");
    expectError(await read({ "X-Cortex-Caller-Parents": "%" }), 403, "client_caller_not_allowed");
    expectOk(await read({ "X-Cortex-Caller-Parents": encodeURIComponent(PARENTS) }));
  }),
);

Deno.test(
  "B15: parents and start of the caller stand in the details of the row, and are shown by GET /admin/audit-logs",
  withHarness(async (h) => {
    const { read } = await withProject(h);
    const headers = {
      "X-Cortex-Caller-Parents": encodeURIComponent(PARENTS),
      "X-Cortex-Caller-Started": "2026-01-02T03:04:06Z",
    };
    expectOk(await read(headers));
    const [row] = expectOk<{ details: Record<string, unknown> }[]>(
      await h.admin.get("/admin/audit-logs?action=get_secrets&limit=1"),
    );
    assert.deepEqual(row?.details["caller_parents"], JSON.parse(PARENTS));
    assert.equal(row?.details["caller_started"], "2026-01-02T03:04:06Z");
    assert.deepEqual(row?.details["keys"], ["a/KEY"]);
  }),
);
