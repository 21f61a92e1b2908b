/**
 * Setting a new password, which begins a rotation: a fresh salt, a new KEK, and both known to the database before anything is
 * sealed under it. What re-wraps the rows is `server/services/keys/kek_rotation_run.ts`, now or after the next start.
 */

import type { Clock } from "../../../shared/clock.ts";
import { type Argon2Parameters, readArgon2 } from "../../../shared/crypto/argon2_parameters.ts";
import { randomBytes } from "../../../shared/crypto/random.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { AuditEntry } from "../../audit/entry.ts";
import type { Ledger } from "../../audit/ledger.ts";
import type { Store } from "../../store/store.ts";
import { type DeriveKey, passwordBytes } from "../kdf.ts";
import type { Vault } from "../vault.ts";
import { beginRotation, type NewSeal } from "./begin.ts";
import type { Versions } from "./linked_keys.ts";

const SALT_BYTES = 16;

export interface SetPasswordDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly derive: DeriveKey;
  /** As the present KEK is derived, unless told. */
  readonly kdf?: Argon2Parameters | undefined;
}

/**
 * From its return on the new password opens the vault and the new KEK seals. `entry` is the audit row, which is given the new version.
 * @throws VaultError `request.invalid` for a blank password, `kek_rotation.running`
 */
export async function setPassword(
  deps: SetPasswordDeps,
  newPassword: string,
  entry: (kekVersion: number) => AuditEntry,
): Promise<Versions> {
  const password = passwordBytes(newPassword);
  if (password.byteLength === 0) {
    throw new VaultError("request.invalid", "The new password is blank; send one that is not");
  }
  const seal = { salt: randomBytes(SALT_BYTES), kdf: deps.kdf ?? await presentKdf(deps.store) };
  const newKek = await deps.derive(password, seal.salt, seal.kdf).finally(() => wipe(password));
  try {
    return await switchTo(deps, newKek, seal, entry);
  } finally {
    wipe(newKek);
  }
}

async function presentKdf({ reader }: Pick<Store, "reader">): Promise<Argon2Parameters> {
  const { kdf } = await reader.selectFrom("vault_seal").select("kdf").executeTakeFirstOrThrow();
  return readArgon2(kdf);
}

/** Nothing is sealed under the key before it can be found again after a crash. */
async function switchTo(
  { ledger, vault, clock }: SetPasswordDeps,
  newKek: Uint8Array,
  seal: NewSeal,
  entry: (kekVersion: number) => AuditEntry,
): Promise<Versions> {
  const prepared = vault.kek.prepare(newKek);
  await ledger.commit(async (tx) => {
    await tx.audit(entry(prepared.to));
    await beginRotation(tx, prepared, seal, clock.now());
  });
  vault.kek.adopt(prepared.to, newKek);
  return { from: prepared.from, to: prepared.to };
}
