/** What the database says that a share is held against: which key the vault has, and which sets were made. No secret. */

import type { Store } from "../store/store.ts";
import type { Sentinel } from "./kek_proof.ts";
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
    ...factsOfKey(seal),
    sets: new Map(rows.map((row) => [row.id, { threshold: row.threshold, kekVersion: row.kek_version }])),
  };
}

/** What is known where there is a key and no list of sets, as in the header of an archive. */
export function factsOfKey({ salt, kek_version }: Pick<Sentinel, "salt" | "kek_version">): VaultFacts {
  return { kekVersion: kek_version, keyTag: keyTagOf(salt, kek_version), sets: new Map() };
}
