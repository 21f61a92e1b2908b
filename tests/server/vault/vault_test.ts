import assert from "node:assert/strict";
import { utf8 } from "../../../shared/encoding.ts";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { MAX_VALUE_BYTES, type Place } from "../../../server/vault/vault.ts";
import { createVaultFixture } from "../support/vault_fixture.ts";

const PLACE: Place = { table: "secrets", id: "11111111-1111-4111-8111-111111111111", namespace: "default" };
const RELEASE = { principal: "admin", action: "read_secret", status: "success", origin: SYSTEM_ORIGIN };

Deno.test("Vault opens what it sealed, across a restart, against a permit for that secret", async () => {
  let vault = await createVaultFixture();
  const sealed = vault.vault.seal(PLACE, utf8("sk-abc123"));
  vault = await vault.reopen();
  const permit = await vault.ledger.permit([RELEASE], [PLACE.id]);
  assert.deepEqual(vault.vault.open(permit, PLACE, sealed).expose(), utf8("sk-abc123"));
  await vault.dispose();
});

Deno.test("Vault refuses to open a secret that the permit does not name", async () => {
  const vault = await createVaultFixture();
  const sealed = vault.vault.seal(PLACE, utf8("sk-abc123"));
  const permit = await vault.ledger.permit([RELEASE], ["22222222-2222-4222-8222-222222222222"]);
  assert.throws(() => vault.vault.open(permit, PLACE, sealed), /permit does not cover/);
  await vault.dispose();
});

Deno.test("Vault takes values of 1 MiB and the empty one, and refuses one byte more", async () => {
  const vault = await createVaultFixture();
  const permit = await vault.ledger.permit([RELEASE], [PLACE.id]);
  for (const size of [0, MAX_VALUE_BYTES]) {
    const sealed = vault.vault.seal(PLACE, new Uint8Array(size).fill(7));
    assert.equal(vault.vault.open(permit, PLACE, sealed).byteLength, size);
  }
  assert.throws(() => vault.vault.seal(PLACE, new Uint8Array(MAX_VALUE_BYTES + 1)), {
    code: "request.too_large",
  });
  await vault.dispose();
});

Deno.test("B27: after close neither keys nor ledger can be used", async () => {
  const vault = await createVaultFixture();
  const sealed = vault.vault.seal(PLACE, utf8("sk-abc123"));
  const permit = await vault.ledger.permit([RELEASE], [PLACE.id]);
  await vault.dispose();
  assert.throws(() => vault.vault.open(permit, PLACE, sealed));
  assert.throws(() => vault.vault.seal(PLACE, utf8("x")), /sealed/);
  assert.throws(() => vault.keys.tokenPepper.use(() => 0), /wiped/);
  await assert.rejects(vault.ledger.permit([RELEASE], []), { code: "server.stopping" });
});
