/**
 * Finds and opens the file that a program's name stands for, as `execvp` would: whoever looks at the descriptor looks at
 * the very file that is executed through it, whatever becomes of the name.
 */

import { VaultError } from "../errors.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { factsOf } from "./file_facts.ts";
import { libc } from "./libc.ts";
import { isErrno, OsError } from "./os_error.ts";
import { programCandidates } from "./search_path.ts";

const ANY_EXECUTE = 0o111;

/** An open program file. The caller closes it. */
export interface OpenedProgram {
  /** Absolute, as it was found: links in it are not resolved. */
  readonly path: string;
  readonly fd: Fd;
}

/**
 * `path` is the `PATH` to search, `cwd` where relative names lie.
 * @throws VaultError `child.not_found`, `child.not_executable` also for what may be executed and not read
 */
export function openProgram(program: string, cwd: string, path: string | undefined): OpenedProgram {
  let forbidden: OsError | undefined;
  for (const candidate of programCandidates(program, path)) {
    try {
      const opened = tryOpen(absolute(candidate, cwd));
      if (opened !== undefined) return opened;
    } catch (error) {
      if (isErrno(error, "EACCES", "EPERM")) forbidden = error;
      else if (!(error instanceof OsError)) throw error;
    }
  }
  if (forbidden === undefined) {
    throw new VaultError("child.not_found", "The program is not found; check its name and your PATH");
  }
  throw new VaultError(
    "child.not_executable",
    "The program may not be read, so nobody can tell which one it is; check its permissions",
    { cause: forbidden },
  );
}

/** A path as seen from a directory. */
export function absolute(path: string, cwd: string): string {
  if (path.startsWith("/")) return path;
  return `${cwd.replace(/\/+$/, "")}/${path.replace(/^(?:\.\/+)+/, "")}`;
}

/** Undefined for what nobody may execute. */
function tryOpen(path: string): OpenedProgram | undefined {
  const { O_RDONLY, O_NONBLOCK } = libc().numbers;
  // Without O_NONBLOCK a FIFO of that name would hang us.
  const fd = openPath(path, O_RDONLY | O_NONBLOCK);
  const { kind, mode } = factsOf(fd);
  if (kind === "file" && (mode & ANY_EXECUTE) !== 0) return { path, fd };
  closeFd(fd);
  return undefined;
}
