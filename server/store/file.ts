/**
 * The database file before SQLite sees it: created with mode 0600, so that there is no moment in which others can
 * read it. SQLite gives `-wal` and `-shm` the mode of the main file.
 */

import { StartupError } from "../startup_error.ts";

const OTHERS = 0o077;

/**
 * Makes or checks the file. What was loose and could be tightened is returned as warnings for the log.
 * @throws StartupError where the file is no plain file of ours
 */
export function prepareDatabaseFile(path: string): string[] {
  if (createPrivately(path)) return [];
  return [path, `${path}-wal`, `${path}-shm`].flatMap(tighten);
}

function createPrivately(path: string): boolean {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw new StartupError(`The database file cannot be created: ${reasonOf(error)}; check DATABASE_URL`);
  }
}

function tighten(path: string): string[] {
  const info = statOrNothing(path);
  if (info === undefined) return [];
  if (!info.isFile) {
    throw new StartupError(
      "The database is not a plain file (a symbolic link is not followed); name the file itself",
    );
  }
  if (((info.mode ?? 0) & OTHERS) === 0) return [];
  try {
    Deno.chmodSync(path, 0o600);
  } catch {
    throw new StartupError(
      "The database file is open to other users and not ours to close; give it mode 0600",
    );
  }
  return ["The database file was open to other users; its mode is 0600 now"];
}

function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return "the file system refused";
}
