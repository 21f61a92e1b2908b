/**
 * Says to other commands of this host that a login waits for its approval: a lock on `~/.cortex/login.lock`, which ends
 * with the process however that ends.
 */

import { closeFd, openPath } from "../shared/os/descriptor.ts";
import { libc } from "../shared/os/libc.ts";
import { isErrno } from "../shared/os/os_error.ts";

/** sys/file.h; the same on both systems. */
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Held until it is disposed of or the process ends. A second login beside it does no harm. */
export function markLogin(directory: string): Disposable {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = libc().numbers;
  const fd = openPath(path(directory), O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600);
  lock(fd);
  return { [Symbol.dispose]: () => closeFd(fd) };
}

/** Whether a login waits right now. */
export function loginWaits(directory: string): boolean {
  const { O_WRONLY, O_NOFOLLOW } = libc().numbers;
  try {
    const fd = openPath(path(directory), O_WRONLY | O_NOFOLLOW);
    const free = lock(fd);
    closeFd(fd);
    return !free;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ELOOP", "EACCES")) return false;
    throw error;
  }
}

function lock(fd: number): boolean {
  return libc().posix.flock(fd, LOCK_EX | LOCK_NB) === 0;
}

function path(directory: string): string {
  return `${directory}/login.lock`;
}
