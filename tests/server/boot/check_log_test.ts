import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { checkNewestRows } from "../../../server/boot/check_log.ts";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { Logger } from "../../../server/log.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createVaultFixture, type VaultFixture } from "../support/vault_fixture.ts";

/** A vault with a log longer than what is looked at, changed by `change`; the verdict and what was logged. */
async function check(change: (db: DatabaseSync) => void) {
  const vault = await createVaultFixture();
  await vault.ledger.commit(async (tx) => {
    for (let row = 0; row < 400; row++) {
      await tx.audit({
        principal: "admin",
        action: "list_secrets",
        status: "success",
        origin: SYSTEM_ORIGIN,
      });
    }
  });
  tamper(vault, change);
  const lines: string[] = [];
  const log = new Logger({
    format: "json",
    level: "info",
    clock: systemClock,
    write: (line) => lines.push(line),
  });
  const ok = await checkNewestRows(vault.store, { ...vault, firstBoot: false }, log);
  const alarms = await vault.store.reader.selectFrom("audit_log").select("details")
    .where("action", "=", "audit_chain_broken").execute();
  await vault.dispose();
  return { ok, lines: lines.join(""), alarms: alarms.length };
}

function tamper(vault: VaultFixture, change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(vault.path);
  db.exec("DROP TRIGGER audit_log_is_append_only");
  change(db);
  db.close();
}

Deno.test("checkNewestRows says nothing about a log that is whole", async () => {
  assert.deepEqual(await check(() => {}), { ok: true, lines: "", alarms: 0 });
});

Deno.test("B14: checkNewestRows raises an alarm for a newest row that was changed or removed", async () => {
  const changes = [
    "UPDATE audit_log SET at = at + 1 WHERE seq = 390",
    "DELETE FROM audit_log WHERE seq = 380",
  ];
  for (const change of changes) {
    const { ok, lines, alarms } = await check((db) => db.exec(change));
    assert.equal(ok, false, change);
    assert.match(lines, /changed outside the server/);
    assert.equal(alarms, 1);
  }
});
