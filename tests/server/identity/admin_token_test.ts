import assert from "node:assert/strict";
import { loadAdminTokens } from "../../../server/identity/admin_token.ts";
import { createVaultFixture, type VaultFixture } from "../support/vault_fixture.ts";

function load(vault: VaultFixture, fromEnvironment?: string) {
  const { store, ledger, clock } = vault;
  return loadAdminTokens({ store, ledger, pepper: vault.keys.tokenPepper, clock, fromEnvironment });
}

Deno.test("loadAdminTokens makes a token at first boot and never shows it again", async () => {
  let vault = await createVaultFixture();
  const first = await load(vault);
  assert.match(first.generated ?? "", /^[0-9a-f]{64}$/);
  vault = await vault.reopen();
  const second = await load(vault);
  assert.equal(second.generated, undefined);
  assert.equal(second.verify(first.generated ?? ""), true);
  await vault.dispose();
});

Deno.test("A13: ADMIN_TOKEN is the admin token, and none is made beside it", async () => {
  const vault = await createVaultFixture();
  const tokens = await load(vault, "my-admin-token-of-2026");
  assert.equal(tokens.generated, undefined);
  assert.equal(tokens.verify("my-admin-token-of-2026"), true);
  await vault.dispose();
});

Deno.test("A13: a changed ADMIN_TOKEN replaces the one before, also across a restart", async () => {
  let vault = await createVaultFixture();
  await load(vault, "my-first-admin-token");
  vault = await vault.reopen();
  const tokens = await load(vault, "my-second-admin-token");
  assert.equal(tokens.verify("my-first-admin-token"), false);
  assert.equal(tokens.verify("my-second-admin-token"), true);
  const rows = await vault.store.reader.selectFrom("admin_tokens").selectAll().execute();
  assert.equal(rows.length, 1);
  await vault.dispose();
});

Deno.test("ADMIN_TOKEN holds instead of a generated one, which holds again once it is gone", async () => {
  const vault = await createVaultFixture();
  const { generated = "" } = await load(vault);
  assert.equal((await load(vault, "my-admin-token-of-2026")).verify(generated), false);
  const later = await load(vault);
  assert.equal(later.verify(generated), true);
  assert.equal(later.verify("my-admin-token-of-2026"), false);
  await vault.dispose();
});

Deno.test("AdminTokens.verify refuses everything else", async () => {
  const vault = await createVaultFixture();
  const { verify } = await load(vault, "my-admin-token-of-2026");
  for (
    const text of [
      "",
      "my-admin-token-of-202",
      "my-admin-token-of-2026 ",
      "MY-ADMIN-TOKEN-OF-2026",
      "x".repeat(9_999),
    ]
  ) {
    assert.equal(verify(text), false);
  }
  await vault.dispose();
});

Deno.test("the database holds neither the token nor its plain hash, and each change has an audit row", async () => {
  const vault = await createVaultFixture();
  await load(vault, "my-admin-token-of-2026");
  await load(vault, "my-admin-token-of-2026");
  const { token_mac } = await vault.store.reader.selectFrom("admin_tokens").selectAll()
    .executeTakeFirstOrThrow();
  const plain = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("my-admin-token-of-2026"));
  assert.notDeepEqual([...token_mac], [...new Uint8Array(plain)]);
  const rows = await vault.store.reader.selectFrom("audit_log").select("details").where(
    "action",
    "=",
    "admin_token_set",
  )
    .execute();
  assert.deepEqual(rows.map(({ details }) => details), ['{"origin":"environment"}']);
  await vault.dispose();
});
