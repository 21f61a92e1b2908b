/** A server that dies while old audit rows are put away: what a restart makes of it. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { VerifyAuditResponse } from "../../../../shared/api/audit_verify.ts";
import { SYSTEM_ORIGIN } from "../../../../server/audit/entry.ts";
import { listenAndCrashAt } from "../../support/crashing.ts";
import { ServerFolder } from "../../support/server_process.ts";
import { createVaultFixture, TEST_PASSWORD } from "../../support/vault_fixture.ts";

const TOKEN = "admin-token-of-the-crash-test";
const SETTINGS = {
  ADMIN_TOKEN: TOKEN,
  CORTEX_KEK_PASSWORD: TEST_PASSWORD,
  CORTEX_AUDIT_RETENTION_DAYS: "30",
};
const OLD_ROWS = 2_600;

/** A vault whose log is from the beginning of the year. */
async function makeOldVault(path: string): Promise<void> {
  const vault = await createVaultFixture({ realKdf: true });
  const entry = { principal: "admin", action: "tested", status: "success", origin: SYSTEM_ORIGIN };
  await vault.ledger.commit(async (tx) => {
    for (let n = 0; n < OLD_ROWS; n++) await tx.audit(entry);
  });
  await vault.close();
  await vault.store.close();
  await Deno.copyFile(vault.path, path);
  await Deno.remove(vault.directory, { recursive: true });
}

function countOld(path: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  return Number(db.prepare("SELECT count(*) AS n FROM audit_log WHERE action = 'tested'").get()?.["n"]);
}

async function verify(url: string): Promise<VerifyAuditResponse> {
  const answer = await fetch(`${url}/admin/audit-logs/verify`, {
    method: "POST",
    headers: { "X-Admin-Token": TOKEN },
  });
  return await answer.json();
}

for (
  const [step, times] of [["retention.checkpoint_written", 1], ["retention.segment_deleted", 1], [
    "retention.segment_deleted",
    2,
  ]] as const
) {
  Deno.test(`a server killed at ${step} (${times}) goes on where it was, and the log verifies at every moment`, async () => {
    await using folder = await ServerFolder.make();
    await makeOldVault(`${folder.path}/cortex-auth.db`);
    const { server } = await listenAndCrashAt(step, folder, SETTINGS, times);
    assert.equal(await server.ended(), 137);
    const left = countOld(`${folder.path}/cortex-auth.db`);
    assert.ok(left > OLD_ROWS % 256 && left <= OLD_ROWS, `${left} rows are left`);

    const kept = await folder.listen({ ...SETTINGS, CORTEX_AUDIT_RETENTION_DAYS: "0" });
    assert.equal((await verify(kept.url)).ok, true);
    await kept.server.stop("SIGTERM");

    const { url, server: second } = await folder.listen(SETTINGS);
    for (
      let piece = await verify(url);
      countOld(`${folder.path}/cortex-auth.db`) > 256;
      piece = await verify(url)
    ) {
      assert.ok(piece.ok);
    }
    assert.equal((await verify(url)).ok, true);
    await second.stop("SIGTERM");
    assert.ok(!second.output().includes("was changed outside"));
  });
}
