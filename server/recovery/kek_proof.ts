/** Whether a key is the KEK of this vault: it opens the sentinel, whose associated data names the key's version. */

import type { Selectable } from "kysely";
import { wipe } from "../../shared/crypto/wipe.ts";
import { readArgon2 } from "../../shared/crypto/argon2_parameters.ts";
import type { VaultSealTable } from "../store/vault_schema.ts";
import type { Store } from "../store/store.ts";
import { type DeriveKey, passwordBytes } from "../vault/kdf.ts";
import { provesSentinel } from "../vault/sentinel.ts";

/** The KEK, proved, and its version. Whoever holds it wipes it. */
export interface ProvenKek {
  readonly kek: Uint8Array<ArrayBuffer>;
  readonly version: number;
  readonly salt: Uint8Array;
}

type SealRow = Selectable<VaultSealTable>;

/** What a key is proved against: of a database, or of an archive. */
export type Sentinel = Pick<SealRow, "salt" | "sentinel" | "kek_version">;

/** The vault's seal, or undefined where the database has no vault yet. */
export function readSealRow(store: Store): Promise<SealRow | undefined> {
  return store.reader.selectFrom("vault_seal").selectAll().executeTakeFirst();
}

/** Takes a key over and gives it back where it is the vault's; wipes it where it is not. */
export function proveKek(kek: Uint8Array<ArrayBuffer>, seal: Sentinel): ProvenKek | undefined {
  if (provesSentinel(kek, seal)) return { kek, version: seal.kek_version, salt: seal.salt };
  wipe(kek);
  return undefined;
}

/** The KEK that a password gives, or undefined where the password is wrong. Costs a whole derivation. */
export async function kekOfPassword(
  store: Store,
  derive: DeriveKey,
  password: string,
): Promise<ProvenKek | undefined> {
  const seal = await readSealRow(store);
  if (seal === undefined) return undefined;
  const bytes = passwordBytes(password);
  try {
    return proveKek(await derive(bytes, seal.salt, readArgon2(seal.kdf)), seal);
  } finally {
    wipe(bytes);
  }
}
