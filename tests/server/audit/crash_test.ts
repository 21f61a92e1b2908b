/** A process that writes is killed with SIGKILL, again and again, and nothing that it reported as done is lost. */

import assert from "node:assert/strict";
import { systemClock } from "../../../shared/clock.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { fromUtf8 } from "../../../shared/encoding.ts";
import { verifyChain } from "../../../server/audit/verify.ts";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { openStore } from "../../../server/store/store.ts";
import { unseal } from "../../../server/vault/seal.ts";
import { instantKdf, TEST_PASSWORD, TINY_KDF } from "../support/vault_fixture.ts";

const WRITER = new URL("../support/crash_writer.ts", import.meta.url).pathname;
const ROUNDS = 12;

/** Runs the writer until it has reported `least` secrets, kills it, and gives what it had reported. */
async function killAfter(path: string, prefix: string, least: number): Promise<string[]> {
  const args = ["run", "--quiet", "--no-check", "-A", WRITER, path, prefix];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
  let text = "";
  let killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killed || text.split("\n").length <= least) continue;
    child.kill("SIGKILL");
    killed = true;
  }
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL");
  return text.slice(0, text.lastIndexOf("\n")).split("\n");
}

Deno.test("a process killed in the middle of writes leaves a whole chain and every secret that it reported", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cortex-test-" });
  const path = `${folder}/vault.db`;
  const reported: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    reported.push(...await killAfter(path, `r${round}`, round * 7));
  }
  await assertIntact(path, reported);
  await Deno.remove(folder, { recursive: true });
});

async function assertIntact(path: string, reported: readonly string[]): Promise<void> {
  const store = await openStore(path, systemClock);
  const keys = { password: TEST_PASSWORD, kdf: TINY_KDF, derive: instantKdf, storage: heapKeyStorage };
  const unsealed = await unseal(store, { ...keys, clock: systemClock });
  assert.equal((await verifyChain(store.auditPages, unsealed.keys.auditMac)).ok, true);
  const secrets = await store.reader.selectFrom("secrets").selectAll().execute();
  const audited = await store.reader.selectFrom("audit_log").select("resource_path").where(
    "action",
    "=",
    "create_secret",
  )
    .execute();
  const stored = new Set(secrets.map((secret) => secret.key_path));
  assert.deepEqual(reported.filter((name) => !stored.has(name)), []);
  assert.deepEqual(new Set(audited.map((row) => row.resource_path)), stored);
  const entry = { principal: "admin", action: "read", status: "success", origin: SYSTEM_ORIGIN };
  const permit = await unsealed.ledger.permit([entry], secrets.map(({ id }) => id));
  for (const secret of secrets) {
    const value = unsealed.vault.open(permit, { table: "secrets", ...secret }, secret);
    assert.equal(fromUtf8(value.expose()), `value of ${secret.key_path}`);
  }
  await unsealed.close();
  await store.close();
}
