/** What is known that a share is held against: the keys that open the vault, and the sets that were made. No secret. */

import type { Store } from "../store/store.ts";
import { readRunning, type RunningRotation } from "../vault/rotation/running.ts";
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
  const running = await readRunning(store.reader);
  return {
    seals: [current, ...(running === undefined ? [] : [sealBefore(running)])],
    sets: new Map(sets.map((row) => [row.id, { threshold: row.threshold, kekVersion: row.kek_version }])),
  };
}

function sealBefore({ from, oldSalt, oldSentinel }: RunningRotation): Sentinel {
  return { salt: oldSalt, sentinel: oldSentinel, kek_version: from };
}
