/** What is known that a share is held against: the keys that open the vault, and the sets that were made. No secret. */

import type { Selectable } from "kysely";
import type { KekRotationTable } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { readSealRow, type Sentinel } from "./kek_proof.ts";

export interface RecordedSet {
  readonly threshold: number;
  readonly kekVersion: number;
}

export interface VaultFacts {
  /**
   * Of the key that the vault has, and while a rotation runs of the one before too. They alone say which shares fit: a
   * database that was restored may be older than a set.
   */
  readonly seals: readonly [Sentinel, ...Sentinel[]];
  /** By their printed ids. */
  readonly sets: ReadonlyMap<string, RecordedSet>;
}

/** Undefined where the database has no vault yet. */
export async function readVaultFacts(store: Store): Promise<VaultFacts | undefined> {
  const current = await readSealRow(store);
  if (current === undefined) return undefined;
  const sets = await store.reader.selectFrom("recovery_sets").select(["id", "threshold", "kek_version"])
    .execute();
  const rotation = await store.reader.selectFrom("kek_rotations").selectAll().where("state", "=", "running")
    .executeTakeFirst();
  return {
    seals: [current, ...(rotation === undefined ? [] : sealBefore(rotation))],
    sets: new Map(sets.map((row) => [row.id, { threshold: row.threshold, kekVersion: row.kek_version }])),
  };
}

function sealBefore(rotation: Selectable<KekRotationTable>): Sentinel[] {
  const { old_salt: salt, old_sentinel: sentinel, from_version } = rotation;
  return salt === null || sentinel === null ? [] : [{ salt, sentinel, kek_version: from_version }];
}
