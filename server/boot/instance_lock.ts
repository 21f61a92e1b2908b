/**
 * One server per database: what was seen once (nonces, attestation ids) is remembered in the memory of one process, so
 * a second one would let it be used again. The lock ends with the process, however that ends; its file stays.
 */

import { closeFd, openPath } from "../../shared/os/descriptor.ts";
import { libc } from "../../shared/os/libc.ts";
import { check, isErrno, OsError } from "../../shared/os/os_error.ts";
import type { Logger } from "../log.ts";
import { StartupError } from "../startup_error.ts";
import { IN_MEMORY } from "../store/store.ts";

/** Exclusive, and not waiting: the same on Linux and macOS. */
const LOCK_EX_NB = 2 | 4;

/** @throws StartupError where another server has the database */
export function takeInstanceLock(databasePath: string, pid: number, log: Pick<Logger, "warn">): void {
  if (databasePath === IN_MEMORY) return;
  const path = `${databasePath}.lock`;
  try {
    lock(path);
    writeOwner(path, pid);
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return refuseOther(path, pid);
    if (!(error instanceof OsError)) throw error;
    log.warn("the database cannot be locked; make sure that no other server uses it", { error });
  }
}

/** Takes the file of a lock away that this process holds, where no database came to be beside it; there may be none. */
export function removeInstanceLock(databasePath: string): void {
  try {
    Deno.removeSync(`${databasePath}.lock`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function lock(path: string): void {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = libc().numbers;
  const fd = openPath(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    check("flock", libc().posix.flock(fd, LOCK_EX_NB));
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** A disk that is full leaves no empty file behind. */
function writeOwner(path: string, pid: number): void {
  try {
    Deno.writeTextFileSync(path, `${pid}\n`);
  } catch (cause) {
    Deno.removeSync(path);
    throw new StartupError("The lock file beside the database cannot be written; free space on its disk", {
      cause,
    });
  }
}

/** `deno run --watch` starts the program anew inside the process that holds the lock. */
function refuseOther(path: string, pid: number): void {
  if (Deno.readTextFileSync(path).trim() === String(pid)) return;
  throw new StartupError("Another server uses this database; stop it, or give this one its own DATABASE_URL");
}
