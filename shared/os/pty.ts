/**
 * Terminals that this process makes: the master is ours, the slave is for a program's standard streams. Neither becomes
 * the terminal of this process.
 */

import { cBuffer } from "./c_memory.ts";
import { closeFd, type Fd, openPath, setCloseOnExec } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { check, checkNumber } from "./os_error.ts";

export interface Pty {
  /** What is written here was typed; what is read here is shown. */
  readonly master: Fd;
  readonly slave: Fd;
}

const NAME_BYTES = 128;

/** A new terminal with the system's default settings and no size. The caller closes both ends. @throws OsError */
export function openPty(): Pty {
  const { posix, numbers } = libc();
  const { O_NOCTTY } = numbers.terminal;
  using cleanup = new DisposableStack();
  const master = check("posix_openpt", posix.posix_openpt(numbers.O_RDWR | O_NOCTTY));
  cleanup.defer(() => closeFd(master));
  setCloseOnExec(master);
  check("grantpt", posix.grantpt(master));
  check("unlockpt", posix.unlockpt(master));
  const slave = openPath(slaveName(master), numbers.O_RDWR | O_NOCTTY);
  cleanup.move();
  return { master, slave };
}

function slaveName(master: Fd): string {
  const name = cBuffer(NAME_BYTES);
  checkNumber("ptsname_r", libc().posix.ptsname_r(master, name, BigInt(NAME_BYTES)));
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}
