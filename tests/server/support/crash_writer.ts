/**
 * Started by `crash_test.ts` and killed at some moment: stores secrets through ledger and vault, and prints the number of
 * each once its commit returned.
 */

import { systemClock } from "../../../shared/clock.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { openStore } from "../../../server/store/store.ts";
import { unseal } from "../../../server/vault/seal.ts";
import { instantKdf, TEST_PASSWORD, TINY_KDF } from "./vault_fixture.ts";

const [path = "", prefix = ""] = Deno.args;
const store = await openStore(path, systemClock);
const { ledger, vault } = await unseal(store, {
  password: TEST_PASSWORD,
  kdf: TINY_KDF,
  derive: instantKdf,
  storage: heapKeyStorage,
  clock: systemClock,
});

async function storeSecret(name: string): Promise<void> {
  const id = crypto.randomUUID();
  const sealed = vault.seal({ table: "secrets", id, namespace: "default" }, utf8(`value of ${name}`));
  const facts = {
    namespace: "default",
    secret_type: "KEY_VALUE",
    encoding: "utf8",
    description: null,
  } as const;
  const counts = { is_honey_token: 0, version: 1, created_at: 1, updated_at: 1 };
  await ledger.commit(async (tx) => {
    await tx.db.insertInto("secrets").values({ id, key_path: name, ...facts, ...counts, ...sealed })
      .execute();
    await tx.audit({
      principal: "admin",
      action: "create_secret",
      status: "success",
      resourcePath: name,
      origin: SYSTEM_ORIGIN,
    });
  });
  Deno.stdout.writeSync(utf8(`${name}\n`));
}

for (let round = 0;; round++) {
  await Promise.all(Array.from({ length: 16 }, (_, n) => storeSecret(`${prefix}-${round}-${n}`)));
}
