import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { type Argon2Parameters, readArgon2 } from "../../../shared/crypto/argon2_parameters.ts";
import { openStore } from "../../../server/store/store.ts";
import { isInitialised, unseal, type UnsealOptions } from "../../../server/vault/seal.ts";
import {
  createVaultFixture,
  instantKdf,
  ManualClock,
  TEST_PASSWORD,
  TINY_KDF,
} from "../support/vault_fixture.ts";

const clock = new ManualClock();

function options(changes: Partial<UnsealOptions> = {}): UnsealOptions {
  return {
    password: TEST_PASSWORD,
    kdf: TINY_KDF,
    derive: instantKdf,
    storage: heapKeyStorage,
    clock,
    ...changes,
  };
}

/** A vault that was made and closed: the path of its database. */
async function madeVault(): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await Deno.makeTempDir({ prefix: "cortex-test-" });
  const path = `${folder}/vault.db`;
  const store = await openStore(path, clock);
  await (await unseal(store, options())).close();
  await store.close();
  return { path, remove: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("unseal makes seal, server keys and their audit row in one transaction", async () => {
  const vault = await createVaultFixture();
  const { reader } = vault.store;
  const keys = await reader.selectFrom("server_keys").select(["purpose", "public_key"]).orderBy("purpose")
    .execute();
  assert.deepEqual(keys.map(({ purpose }) => purpose), ["audit_mac", "signing", "token_pepper"]);
  assert.deepEqual(keys.map(({ public_key }) => public_key?.byteLength), [undefined, 32, undefined]);
  const audit = await reader.selectFrom("audit_log").select(["seq", "action"]).execute();
  assert.deepEqual(audit.map(({ seq, action }) => [seq, action]), [[1, "vault_initialise"]]);
  assert.equal(vault.firstBoot, true);
  await vault.dispose();
});

Deno.test("unseal opens the same keys at the next boot and writes a row", async () => {
  let vault = await createVaultFixture();
  const before = vault.keys.tokenPepper.use((bytes) => bytes.slice());
  const kid = vault.signingKeys.current.kid;
  vault = await vault.reopen();
  assert.equal(vault.firstBoot, false);
  assert.deepEqual(vault.keys.tokenPepper.use((bytes) => bytes.slice()), before);
  assert.equal(vault.signingKeys.current.kid, kid);
  const actions = await vault.store.reader.selectFrom("audit_log").select("action").orderBy("seq").execute();
  assert.deepEqual(actions.map(({ action }) => action), ["vault_initialise", "vault_unseal"]);
  await vault.dispose();
});

Deno.test("unseal refuses a wrong password and writes nothing", async () => {
  const { path, remove } = await madeVault();
  const store = await openStore(path, clock);
  await assert.rejects(unseal(store, options({ password: "other" })), {
    name: "StartupError",
    message: /password is wrong/,
  });
  const { count } = await store.reader.selectFrom("audit_log").select((row) => row.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  assert.equal(count, 1);
  await store.close();
  await remove();
});

for (const password of ["", "  \n"]) {
  Deno.test(`unseal refuses the blank password ${JSON.stringify(password)} before it makes a vault`, async () => {
    const store = await openStore(":memory:", clock);
    await assert.rejects(unseal(store, options({ password })), { name: "StartupError", message: /blank/ });
    assert.equal(await isInitialised(store), false);
    await store.close();
  });
}

Deno.test("unseal takes a password with white space around it as the same password", async () => {
  const { path, remove } = await madeVault();
  const store = await openStore(path, clock);
  await (await unseal(store, options({ password: `  ${TEST_PASSWORD}\n` }))).close();
  await store.close();
  await remove();
});

Deno.test("unseal stores the cost of the derivation and ignores another one at a later boot", async () => {
  const used: Argon2Parameters[] = [];
  const derive: UnsealOptions["derive"] = (password, salt, parameters) => {
    used.push(parameters);
    return instantKdf(password, salt, parameters);
  };
  const { path, remove } = await madeVault();
  const store = await openStore(path, clock);
  await (await unseal(store, options({ derive, kdf: { memoryKib: 65_536, passes: 9, lanes: 2 } }))).close();
  const seal = await store.reader.selectFrom("vault_seal").select("kdf").executeTakeFirstOrThrow();
  assert.deepEqual(readArgon2(seal.kdf), TINY_KDF);
  assert.deepEqual(used, [TINY_KDF]);
  await store.close();
  await remove();
});

Deno.test("unseal works with real Argon2id in its Worker", async () => {
  const vault = await createVaultFixture({ realKdf: true });
  await (await vault.reopen()).dispose();
});

Deno.test("A1: unseal names a server key that does not open instead of making a new one", async () => {
  const { path, remove } = await madeVault();
  const db = new DatabaseSync(path);
  db.exec("UPDATE server_keys SET sealed_body = zeroblob(61) WHERE purpose = 'audit_mac'");
  db.close();
  const store = await openStore(path, clock);
  await assert.rejects(unseal(store, options()), {
    name: "StartupError",
    message: /audit_mac key .* does not open/,
  });
  await store.close();
  await remove();
});

Deno.test("B12: unseal notices server keys that were swapped", async () => {
  const { path, remove } = await madeVault();
  const db = new DatabaseSync(path);
  db.exec(`UPDATE server_keys SET (wrapped_dek, sealed_body) =
    (SELECT wrapped_dek, sealed_body FROM server_keys AS other WHERE other.purpose = 'token_pepper')
    WHERE purpose = 'audit_mac'`);
  db.close();
  const store = await openStore(path, clock);
  await assert.rejects(unseal(store, options()), { name: "StartupError" });
  await store.close();
  await remove();
});

Deno.test("the database holds no key, password or sentinel text in the clear", async () => {
  const vault = await createVaultFixture();
  const pepper = vault.keys.tokenPepper.use((bytes) => bytes.toHex());
  const audit = vault.keys.auditMac.use((bytes) => bytes.toHex());
  await vault.ledger.flush();
  const files = await Promise.all(["", "-wal"].map((end) => Deno.readFile(vault.path + end)));
  const hex = files.map((bytes) => bytes.toHex()).join("|");
  for (const needle of [pepper, audit, new TextEncoder().encode(TEST_PASSWORD).toHex()]) {
    assert.equal(hex.includes(needle), false);
  }
  await vault.dispose();
});
