import assert from "node:assert/strict";
import { kekOfPassword, proveKek, readSealRow } from "../../../server/recovery/kek_proof.ts";
import { openStore } from "../../../server/store/store.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createVaultFixture, instantKdf, TEST_PASSWORD } from "../support/vault_fixture.ts";

Deno.test("kekOfPassword gives the key of the right password, surrounding white space aside, and of no other", async () => {
  const vault = await createVaultFixture();
  try {
    const proven = await kekOfPassword(vault.store, vault.derive, ` ${TEST_PASSWORD}\n`);
    assert.equal(proven?.version, 1);
    for (const wrong of ["", TEST_PASSWORD.toUpperCase(), `${TEST_PASSWORD}x`]) {
      assert.equal(await kekOfPassword(vault.store, vault.derive, wrong), undefined);
    }
  } finally {
    await vault.dispose();
  }
});

Deno.test("proveKek wipes a key that is not the vault's, and one bit makes the difference", async () => {
  const vault = await createVaultFixture();
  try {
    const seal = await readSealRow(vault.store);
    const proven = await kekOfPassword(vault.store, vault.derive, TEST_PASSWORD);
    assert.ok(seal !== undefined && proven !== undefined);
    const other = proven.kek.slice();
    other[31] = (other[31] ?? 0) ^ 1;
    assert.equal(proveKek(other, seal), undefined);
    assert.deepEqual(other, new Uint8Array(32));
    assert.equal(proveKek(proven.kek.slice(), { ...seal, kek_version: 2 }), undefined);
  } finally {
    await vault.dispose();
  }
});

Deno.test("kekOfPassword gives nothing where there is no vault yet", async () => {
  const store = await openStore(":memory:", systemClock);
  assert.equal(await kekOfPassword(store, instantKdf, TEST_PASSWORD), undefined);
  await store.close();
});
