/** What a directory is called once every link and every `..` on the way is followed: the system's word, not the caller's. */

import { fromUtf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { cBuffer, cString } from "./c_memory.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { check, OsError } from "./os_error.ts";

const MAX_PATH_BYTES = 4_096;

/** @throws VaultError `child.directory_gone` also for one that was deleted */
export function canonicalDirectory(path: string): string {
  const name = resolve(path);
  if (name !== undefined && name.startsWith("/") && !name.endsWith(" (deleted)")) return name;
  throw new VaultError(
    "child.directory_gone",
    "The working directory is gone or closed to the daemon; change to one that is there",
  );
}

function resolve(path: string): string | undefined {
  const { numbers, own } = libc();
  let fd: Fd | undefined;
  try {
    fd = openPath(path, numbers.O_PATH | numbers.O_DIRECTORY);
    return own.os === "linux" ? linkTarget(`/proc/self/fd/${fd}`) : darwinPath(path);
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeFd(fd);
  }
}

function linkTarget(link: string): string | undefined {
  const buffer = cBuffer(MAX_PATH_BYTES);
  const length = Number(libc().posix.readlink(cString(link), buffer, BigInt(MAX_PATH_BYTES)));
  check("readlink", length);
  return length === MAX_PATH_BYTES ? undefined : fromUtf8(buffer.subarray(0, length));
}

/** `realpath` follows by name: the directory may be another one by then, which macOS cannot tell us. */
function darwinPath(path: string): string | undefined {
  const { posix } = libc();
  const buffer = cBuffer(MAX_PATH_BYTES);
  if (posix.realpath(cString(path), buffer) === 0n) return undefined;
  return fromUtf8(buffer.subarray(0, buffer.indexOf(0)));
}
