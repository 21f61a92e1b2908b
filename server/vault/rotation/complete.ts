/** The end of a rotation, in one transaction: nothing needs the old key any more, so nothing leads to it any more. */

import type { Selectable } from "kysely";
import type { Instant } from "../../../shared/clock.ts";
import type { Tx } from "../../audit/ledger.ts";
import type { KekRotationTable } from "../../store/vault_schema.ts";
import { countStale } from "./stale_rows.ts";

const NOTHING_LEFT = {
  old_kdf: null,
  old_salt: null,
  old_sentinel: null,
  old_kek_under_new: null,
  new_kek_under_old: null,
} as const;

/** The rotation as it ended, or undefined where a row still needs the old key: then nothing is changed. */
export async function completeRotation(
  tx: Tx,
  version: number,
  now: Instant,
): Promise<Selectable<KekRotationTable> | undefined> {
  if (await countStale(tx.db, version) > 0) return undefined;
  return await tx.db.updateTable("kek_rotations")
    .set({ ...NOTHING_LEFT, state: "completed", completed_at: now })
    .where("to_version", "=", version).where("state", "=", "running")
    .returningAll().executeTakeFirst();
}
