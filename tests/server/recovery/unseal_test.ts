/** Shares of the key before, while a rotation runs: the vault opens, and with both keys. */

import assert from "node:assert/strict";
import { kekOfPassword, type ProvenKek } from "../../../server/recovery/kek_proof.ts";
import { ShareCollector } from "../../../server/recovery/share_collector.ts";
import { keyTagOf, splitKey } from "../../../server/recovery/split.ts";
import { unsealByShares } from "../../../server/recovery/unseal.ts";
import { readVaultFacts } from "../../../server/recovery/vault_facts.ts";
import { beginRotation } from "../../../server/vault/rotation/begin.ts";
import { KekSwitch } from "../../../server/vault/rotation/kek_switch.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { createVaultFixture, TEST_PASSWORD, TINY_KDF, type VaultFixture } from "../support/vault_fixture.ts";

const NEW_KEK = new Uint8Array(32).fill(5);
const NEW_SALT = new Uint8Array(16).fill(6);

async function sharesOf({ kek, version, salt }: ProvenKek): Promise<string[]> {
  const set = { setId: new Uint8Array(5).fill(version), threshold: 2, total: 2 };
  return await splitKey(kek, { ...set, keyTag: keyTagOf(salt, version), kekVersion: version });
}

/** Begins a rotation and leaves it there, as a crash does. */
async function beginOnly(vault: VaultFixture): Promise<void> {
  const prepared = new KekSwitch(vault.keyring).prepare(NEW_KEK);
  await vault.ledger.commit((tx) =>
    beginRotation(tx, prepared, { kdf: TINY_KDF, salt: NEW_SALT }, vault.clock.now())
  );
}

/** Opens the vault by shares and gives the versions of the keys that it then holds. */
async function openBy(vault: VaultFixture, texts: readonly string[]): Promise<number[]> {
  const facts = await readVaultFacts(vault.store);
  assert.ok(facts !== undefined);
  const collector = new ShareCollector(facts);
  for (const text of texts) collector.offer(text);
  const options = { storage: heapKeyStorage, clock: vault.clock };
  const { keyring, close } = await unsealByShares(vault.store, collector, options);
  const held = [1, 2].filter((version) => keyring.use(version, () => true));
  await close();
  return held;
}

async function withRotation(test: (vault: VaultFixture, old: ProvenKek) => Promise<void>): Promise<void> {
  const vault = await createVaultFixture();
  try {
    const old = await kekOfPassword(vault.store, vault.derive, TEST_PASSWORD);
    assert.ok(old !== undefined);
    await beginOnly(vault);
    await test(vault, old);
  } finally {
    await vault.dispose();
  }
}

Deno.test("A2: shares of the key before open a vault whose rotation was interrupted, and both keys are there", () =>
  withRotation(async (vault, old) => {
    assert.deepEqual(await openBy(vault, await sharesOf(old)), [1, 2]);
  }));

Deno.test("shares of the new key open a vault whose rotation was interrupted", () =>
  withRotation(async (vault) => {
    const shares = await sharesOf({ kek: NEW_KEK.slice(), version: 2, salt: NEW_SALT });
    assert.deepEqual(await openBy(vault, shares), [1, 2]);
  }));
