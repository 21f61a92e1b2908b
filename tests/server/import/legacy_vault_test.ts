/** The golden vectors of section 12 of the wire contract. */

import assert from "node:assert/strict";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { fromUtf8, toHex } from "../../../shared/encoding.ts";
import { legacyRowMac } from "../../../server/import/legacy_log.ts";
import { deriveLegacyKek, LegacyVault } from "../../../server/import/legacy_vault.ts";
import { deriveByArgon2id, type DeriveKey } from "../../../server/vault/kdf.ts";
import { LEGACY_VECTORS } from "../support/legacy_database.ts";

const SEAL = { salt: LEGACY_VECTORS.salt, sentinel_ciphertext: LEGACY_VECTORS.sentinel, kek_version: 1 };
const knownKek: DeriveKey = async () => Uint8Array.fromHex(LEGACY_VECTORS.kek);
const open = (derive: DeriveKey = knownKek) =>
  LegacyVault.unseal(SEAL, LEGACY_VECTORS.password, { derive, storage: heapKeyStorage });

Deno.test("deriveLegacyKek gives the KEK of the golden vector, white space around the password or not", async () => {
  for (const password of [LEGACY_VECTORS.password, ` ${LEGACY_VECTORS.password}\n`]) {
    assert.equal(
      toHex(await deriveLegacyKek(LEGACY_VECTORS.salt, password, deriveByArgon2id)),
      LEGACY_VECTORS.kek,
    );
  }
});

Deno.test("LegacyVault opens the sentinel, the value and no changed one of the golden vectors", async () => {
  const vault = await open();
  const { encryptedValue, wrappedDek, value } = LEGACY_VECTORS;
  const opened = vault.open(encryptedValue, wrappedDek);
  assert.equal(fromUtf8(opened ?? new Uint8Array()), value);
  assert.equal(vault.open(encryptedValue.replace("8wu5", "8wu6"), wrappedDek), undefined);
  assert.equal(vault.open(encryptedValue, encryptedValue), undefined);
  assert.equal(vault.open("not base64!", wrappedDek), undefined);
});

Deno.test("LegacyVault gives the audit key of the golden vector", async () => {
  assert.equal(toHex((await open()).auditKey()), LEGACY_VECTORS.auditKey);
});

Deno.test("LegacyVault does not open with another password", async () => {
  await assert.rejects(() => open(async () => new Uint8Array(32)), /old vault is wrong/);
});

Deno.test("legacyRowMac gives the MACs of the golden vectors", () => {
  const key = Uint8Array.fromHex(LEGACY_VECTORS.auditKey);
  const first = {
    id: "00000000-0000-4000-8000-000000000001",
    action: "create_secret",
    resource_path: "openai_api_key",
    status: "success",
    timestamp: "2026-01-01 00:00:00",
  };
  const second = {
    id: "00000000-0000-4000-8000-000000000002",
    agent_id: "a1",
    project_name: "p/é",
    action: "get_secrets",
    resource_path: "p/é",
    status: "success",
    caller_pid: 42,
    caller_cwd: '/srv/"x"',
    source_ip: "10.0.0.1",
    hostname: "h",
    os: "linux/x86_64",
  };
  const mac = legacyRowMac(key, "", first);
  assert.equal(mac, "ad5de25490787c2f57d838e6ff600b2b449cb2a4f309c7ff276b4df95338dd6e");
  assert.equal(
    legacyRowMac(key, mac, second),
    "e12f58a08b4a497529545521d75e02738f668d08b41bf314099a9aa9854f7468",
  );
});
