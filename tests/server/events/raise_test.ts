import assert from "node:assert/strict";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { raiseEvent } from "../../../server/events/raise.ts";
import { createVaultFixture } from "../support/vault_fixture.ts";

Deno.test("raiseEvent is durable with its cause, and gone with it", async () => {
  const fixture = await createVaultFixture();
  try {
    const { ledger, store, clock } = fixture;
    const cause = { principal: "system", action: "test", status: "alarm", origin: SYSTEM_ORIGIN };
    await ledger.commit(async (tx) => {
      await raiseEvent(tx, clock.now(), { kind: "decoy_read", agentId: "bot", facts: { rows: 2 } });
      await tx.audit(cause);
    });
    const undone = ledger.commit(async (tx) => {
      await raiseEvent(tx, clock.now(), { kind: "agent_frozen" });
      throw new Error("undone");
    });
    await assert.rejects(undone, /undone/);
    const rows = await store.reader.selectFrom("events").selectAll().execute();
    assert.deepEqual(rows.map(({ kind, agent_id, facts }) => ({ kind, agent_id, facts })), [
      { kind: "decoy_read", agent_id: "bot", facts: '{"rows":2}' },
    ]);
  } finally {
    await fixture.dispose();
  }
});
