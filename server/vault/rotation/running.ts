/** The rotation that a database is in the middle of, and the way through it for whoever opens the vault then. */

import { wipe } from "../../../shared/crypto/wipe.ts";
import type { Queries } from "../../store/schema.ts";
import { StartupError } from "../../startup_error.ts";
import type { Keyring } from "../keyring.ts";
import { provesSentinel } from "../sentinel.ts";
import { followToNew, followToOld, type Versions } from "./linked_keys.ts";

/** How the password of before is proved, and how each key leads to the other. */
export interface RunningRotation extends Versions {
  readonly oldKdf: string;
  readonly oldSalt: Uint8Array;
  readonly oldSentinel: Uint8Array;
  readonly oldUnderNew: Uint8Array;
  readonly newUnderOld: Uint8Array;
}

/** Undefined while none runs. */
export async function readRunning(db: Queries): Promise<RunningRotation | undefined> {
  const row = await db.selectFrom("kek_rotations").selectAll().where("state", "=", "running")
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { old_kdf, old_salt, old_sentinel, old_kek_under_new, new_kek_under_old } = row;
  // The table's own checks say the same: a running rotation has all five.
  if (
    old_kdf === null || old_salt === null || old_sentinel === null || old_kek_under_new === null ||
    new_kek_under_old === null
  ) throw damaged();
  return {
    from: row.from_version,
    to: row.to_version,
    oldKdf: old_kdf,
    oldSalt: old_salt,
    oldSentinel: old_sentinel,
    oldUnderNew: old_kek_under_new,
    newUnderOld: new_kek_under_old,
  };
}

/** A key that may be the old one is taken over; gives the new one, or undefined where it is not the old one. */
export function newKekBehind(oldKek: Uint8Array, running: RunningRotation): Uint8Array | undefined {
  const { from, oldSentinel, newUnderOld } = running;
  try {
    if (!provesSentinel(oldKek, { sentinel: oldSentinel, kek_version: from })) return undefined;
    const newKek = followToNew(oldKek, newUnderOld, running);
    if (newKek === undefined) throw damaged();
    return newKek;
  } finally {
    wipe(oldKek);
  }
}

/** Adds the KEK of rows that wait to be re-wrapped to a ring that has the new one. @throws StartupError */
export async function addOldKek(db: Queries, keyring: Keyring): Promise<void> {
  const running = await readRunning(db);
  if (running === undefined) return;
  const oldKek = keyring.use(running.to, (kek) => followToOld(kek, running.oldUnderNew, running));
  if (oldKek === undefined) throw damaged();
  keyring.add(running.from, oldKek);
}

function damaged(): StartupError {
  return new StartupError(
    "The database was changed while the key was being rotated, and the old key does not open; restore it from a backup",
  );
}
