/** What the database says that a share is held against: which key the vault has, and which sets were made. No secret. */

import type { Store } from "../store/store.ts";
import { keyTagOf } from "./split.ts";

export interface RecordedSet {
  readonly threshold: number;
  readonly kekVersion: number;
}

export interface VaultFacts {
  readonly kekVersion: number;
  /** Which shares fit, whether or not their set is recorded: a restored database may be older than a set. */
  readonly keyTag: Uint8Array;
  /** By their printed ids. */
  readonly sets: ReadonlyMap<string, RecordedSet>;
}

/** Undefined where the database has no vault yet. */
export async function readVaultFacts(store: Store): Promise<VaultFacts | undefined> {
  const seal = await store.reader.selectFrom("vault_seal").select(["salt", "kek_version"]).executeTakeFirst();
  if (seal === undefined) return undefined;
  const rows = await store.reader.selectFrom("recovery_sets").select(["id", "threshold", "kek_version"])
    .execute();
  return {
    kekVersion: seal.kek_version,
    keyTag: keyTagOf(seal.salt, seal.kek_version),
    sets: new Map(rows.map((row) => [row.id, { threshold: row.threshold, kekVersion: row.kek_version }])),
  };
}
