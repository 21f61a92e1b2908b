/**
 * The beginning of a rotation, in one transaction: from here on the new password opens the vault and everything new is
 * sealed under the new KEK. The old password goes on opening it until no row is left that needs the old one.
 */

import { type Argon2Parameters, printArgon2 } from "../../../shared/crypto/argon2_parameters.ts";
import type { Instant } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Tx } from "../../audit/ledger.ts";
import { readRunning } from "./running.ts";
import type { PreparedSwitch } from "./kek_switch.ts";
import { countStale } from "./stale_rows.ts";

/** How the new KEK came from its password. */
export interface NewSeal {
  readonly kdf: Argon2Parameters;
  readonly salt: Uint8Array;
}

/** @throws VaultError `kek_rotation.running` */
export async function beginRotation(
  tx: Tx,
  prepared: PreparedSwitch,
  { kdf, salt }: NewSeal,
  now: Instant,
): Promise<void> {
  const seal = await tx.db.selectFrom("vault_seal").selectAll().executeTakeFirstOrThrow();
  if (seal.kek_version !== prepared.from || await readRunning(tx.db) !== undefined) throw alreadyRunning();
  await tx.db.insertInto("kek_rotations").values({
    to_version: prepared.to,
    from_version: prepared.from,
    state: "running",
    old_kdf: seal.kdf,
    old_salt: seal.salt,
    old_sentinel: seal.sentinel,
    old_kek_under_new: prepared.oldUnderNew,
    new_kek_under_old: prepared.newUnderOld,
    rows_total: await countStale(tx.db, prepared.to),
    rows_rewrapped: 0,
    secrets_rewrapped: 0,
    begun_at: now,
    completed_at: null,
  }).execute();
  const changes = { salt, sentinel: prepared.sentinel, kek_version: prepared.to, updated_at: now };
  await tx.db.updateTable("vault_seal").set({ kdf: printArgon2(kdf), ...changes }).execute();
}

/** The refusal of a second rotation. */
export function alreadyRunning(): VaultError {
  return new VaultError(
    "kek_rotation.running",
    "The key is being rotated already; wait until that is complete, then rotate again",
  );
}
