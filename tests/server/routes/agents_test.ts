/** `/admin/agents`: section 2.5 of the wire contract and the faults of its predecessor. */

import assert from "node:assert/strict";
import { fromBase64Url, toBase64 } from "../../../shared/encoding.ts";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { freshPublicKey, seedAgent, seedPendingGrant, seedProject, seedSession } from "../support/seed.ts";

const agent = (agent_id: string, more = {}) => ({ agent_id, agent_pub: freshPublicKey(), ...more });

Deno.test(
  "POST /admin/agents A10: registers an agent by its public key",
  withHarness(async (h) => {
    const created = expectOk(
      await h.admin.post("/admin/agents", agent("ci-runner", { description: "CI" })),
      201,
    );
    assert.deepEqual(Object.keys(created), ["id", "agent_id", "namespace"]);
    const [row] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/agents"));
    assert.equal(row?.["agent_id"], "ci-runner");
    assert.equal(row?.["has_pubkey"], true);
    assert.equal(row?.["description"], "CI");
    assert.match(String(row?.["fingerprint"]), /^SHA256:[A-Za-z0-9_-]{43}$/);
    assert.equal(row?.["frozen_at"], null);
  }),
);

Deno.test(
  "POST /admin/agents takes the key as padded base64 too",
  withHarness(async (h) => {
    const agent_pub = toBase64(fromBase64Url(freshPublicKey()) ?? new Uint8Array());
    expectOk(await h.admin.post("/admin/agents", agent("a", { agent_pub })), 201);
  }),
);

Deno.test(
  "POST /admin/agents A17: an agent id has no dot, nor anything else that leaves a header or a file name",
  withHarness(async (h) => {
    for (const id of ["my.agent", "", " a", "a/b", "a:b", "ä", "a\n", "x".repeat(65), "..", "<img>"]) {
      expectError(await h.admin.post("/admin/agents", agent(id)), 400, "request_invalid");
    }
  }),
);

Deno.test(
  "POST /admin/agents B23: a key that is none, or of small order, is refused",
  withHarness(async (h) => {
    const smallOrder = toBase64(new Uint8Array(32).fill(1, 0, 1));
    for (
      const agent_pub of [
        "",
        "   ",
        "abc",
        freshPublicKey().slice(1),
        `${freshPublicKey()}AA`,
        smallOrder,
        toBase64(new Uint8Array(32)),
      ]
    ) {
      expectError(await h.admin.post("/admin/agents", agent("a", { agent_pub })), 400, "request_invalid");
    }
    assert.deepEqual(expectOk(await h.admin.get("/admin/agents")), []);
  }),
);

Deno.test(
  "POST /admin/agents A16: an id is unique in its namespace only",
  withHarness(async (h) => {
    expectOk(await h.admin.post("/admin/agents", agent("bot")), 201);
    expectError(await h.admin.post("/admin/agents", agent("bot")), 409, "agent_exists");
    expectOk(await h.admin.post("/admin/agents", agent("bot", { namespace: "staging" })), 201);
  }),
);

Deno.test(
  "an agent id that two namespaces hold has to be told apart",
  withHarness(async (h) => {
    await seedAgent(h, "bot");
    await seedAgent(h, "bot", "staging");
    for (const method of ["PUT", "DELETE"]) {
      const answer = await h.admin.send(method, "/admin/agents/bot", { body: {} });
      expectError(answer, 409, "agent_ambiguous");
      assert.match(String(answer.json()["error"]), /\?namespace=/);
    }
    expectOk(await h.admin.delete("/admin/agents/bot?namespace=staging"));
    const rows = expectOk<{ namespace: string }[]>(await h.admin.get("/admin/agents"));
    assert.deepEqual(rows.map((row) => row.namespace), ["default"]);
  }),
);

Deno.test(
  "an unknown agent is a 404",
  withHarness(async (h) => {
    expectError(await h.admin.put("/admin/agents/nobody", {}), 404, "agent_not_found");
    expectError(await h.admin.delete("/admin/agents/nobody"), 404, "agent_not_found");
    expectError(await h.admin.post("/admin/agents/nobody/freeze"), 404, "agent_not_found");
    expectError(await h.admin.post("/admin/agents/nobody/unfreeze"), 404, "agent_not_found");
  }),
);

Deno.test(
  "PUT /admin/agents/:agent_id C10: changes key and description, and a new key ends the sessions of the old",
  withHarness(async (h) => {
    const ref = await seedAgent(h, "bot");
    const session = await seedSession(h, ref);
    const described = expectOk(await h.admin.put("/admin/agents/bot", { description: "robot" }));
    assert.equal(described["sessions_ended"], 0);
    const before = await fingerprint(h);
    assert.equal(
      expectOk(await h.admin.put("/admin/agents/bot", { agent_pub: freshPublicKey() }))["sessions_ended"],
      1,
    );
    assert.notEqual(await fingerprint(h), before);
    assert.ok((await sessionRow(h, session))?.revoked_at);
    expectError(await h.admin.put("/admin/agents/bot", { agent_pub: "x" }), 400, "request_invalid");
  }),
);

Deno.test(
  "DELETE /admin/agents/:agent_id B5, B7: tokens, sessions and requests end with the agent",
  withHarness(async (h) => {
    const ref = await seedAgent(h, "bot");
    const { tokenId } = await seedProject(h, ref, "app");
    const session = await seedSession(h, ref);
    await seedPendingGrant(h, ref, ["a"]);
    const answer = expectOk(await h.admin.delete("/admin/agents/bot"));
    assert.deepEqual(answer, { deleted: true, tokens_revoked: 1, sessions_ended: 1 });
    const token = await h.store.reader.selectFrom("project_tokens").selectAll().where("id", "=", tokenId)
      .executeTakeFirst();
    assert.equal(token?.revoked_reason, "agent_deleted");
    const left = await sessionRow(h, session);
    assert.ok(left === undefined || left.revoked_at !== null);
    assert.deepEqual(expectOk(await h.admin.get("/admin/pending-grants")), []);
    const [project] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/projects"));
    assert.deepEqual([project?.["agent_id"], project?.["token_status"]], [null, "revoked"]);
  }),
);

Deno.test(
  "freeze and unfreeze B6: a person stops an agent and lifts it again, with the reason in the list",
  withHarness(async (h) => {
    await seedAgent(h, "bot");
    const frozen = expectOk(await h.admin.post("/admin/agents/bot/freeze", { reason: "odd requests" }));
    assert.deepEqual(frozen, { frozen: true, agent_id: "bot", already_frozen: false });
    assert.equal(expectOk(await h.admin.post("/admin/agents/bot/freeze"))["already_frozen"], true);
    const [row] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/agents"));
    assert.equal(row?.["frozen_reason"], "odd requests");
    assert.equal(row?.["frozen_at"], "2026-01-02 03:04:05");
    assert.equal(expectOk(await h.admin.post("/admin/agents/bot/unfreeze"))["was_frozen"], true);
    const [after] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/agents"));
    assert.deepEqual([after?.["frozen_at"], after?.["frozen_reason"]], [null, null]);
    assert.equal((await lastRow(h, "freeze_agent")).agent_id, "bot");
  }),
);

Deno.test(
  "GET /admin/agents is in the order of registration and pages",
  withHarness(async (h) => {
    for (const id of ["c", "a", "b"]) {
      await seedAgent(h, id);
      h.clock.advance(1_000);
    }
    const rows = await allPages<{ agent_id: string }>(h, "/admin/agents?limit=2");
    assert.deepEqual(rows.map((row) => row.agent_id), ["c", "a", "b"]);
  }),
);

Deno.test(
  "agents: changes are in the log with id and namespace",
  withHarness(async (h) => {
    await seedAgent(h, "bot", "staging");
    await h.admin.delete("/admin/agents/bot");
    for (const action of ["create_agent", "delete_agent"]) {
      const row = await lastRow(h, action);
      assert.deepEqual([row.agent_id, row.namespace, row.status], ["bot", "staging", "success"]);
    }
  }),
);

async function fingerprint(h: Harness): Promise<unknown> {
  return expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/agents"))[0]?.["fingerprint"];
}

function sessionRow(h: Harness, id: string) {
  return h.store.reader.selectFrom("daemon_sessions").selectAll().where("session_id", "=", id)
    .executeTakeFirst();
}
