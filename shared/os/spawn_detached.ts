/**
 * Starts a program that outlives us: a session of its own without a terminal, the top directory, no input, both outputs
 * at the end of a private log file.
 */

import { utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { cBuffer, CInt, cString } from "./c_memory.ts";
import { CVector } from "./c_vector.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { checkNumber, isErrno, OsError } from "./os_error.ts";

export interface DetachedProgram {
  /** Absolute. */
  readonly path: string;
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; made with 0600 where it is not there, never through a link. */
  readonly logFile: string;
}

/** As in `spawn.ts`. */
const ACTIONS_BYTES = 512;
const ATTRIBUTES_BYTES = 512;
const SIGSET_BYTES = 128;
const WNOHANG = 1;

/** spawn.h and fcntl.h of the two systems; the macOS column is from Apple's headers and was not run. */
const NUMBERS = Deno.build.os === "darwin"
  ? { POSIX_SPAWN_SETSID: 0x400, O_APPEND: 0x8 }
  : { POSIX_SPAWN_SETSID: 0x80, O_APPEND: 0o2000 };

/** Its process number. @throws VaultError `child.spawn_failed`, `client.file_unsafe` */
export function spawnDetached(program: DetachedProgram): number {
  using cleanup = new DisposableStack();
  const actions = fileActions(program.logFile, cleanup);
  const attributes = spawnAttributes(cleanup);
  const argv = cleanup.use(new CVector([program.path, ...program.args].map(utf8)));
  const envp = cleanup.use(
    new CVector(Object.entries(program.env).map(([name, value]) => utf8(`${name}=${value}`))),
  );
  const pid = new CInt();
  try {
    const path = cString(program.path);
    checkNumber(
      "posix_spawn",
      libc().posix.posix_spawn(pid.bytes, path, actions, attributes, argv.address, envp.address),
    );
  } catch (error) {
    const why = error instanceof OsError ? error.errno : "unknown";
    throw new VaultError("child.spawn_failed", `${program.path} cannot be started: ${why}`, { cause: error });
  }
  return pid.value;
}

/** Whether our child has ended; it is reaped then. */
export function hasEnded(pid: number): boolean {
  return libc().posix.waitpid(pid, new CInt().bytes, WNOHANG) !== 0;
}

function fileActions(logFile: string, cleanup: DisposableStack): Uint8Array<ArrayBuffer> {
  const { posix, numbers } = libc();
  const open = (path: string, flags: number, mode?: number): Fd => {
    const fd = openPath(path, flags, mode);
    cleanup.defer(() => closeFd(fd));
    return fd;
  };
  const input = open("/dev/null", numbers.O_RDONLY);
  const log = openLog(logFile, open);
  const top = open("/", numbers.O_RDONLY | numbers.O_DIRECTORY);
  const actions = cBuffer(ACTIONS_BYTES);
  checkNumber("posix_spawn_file_actions_init", posix.posix_spawn_file_actions_init(actions));
  cleanup.defer(() => void posix.posix_spawn_file_actions_destroy(actions));
  [input, log, log].forEach((fd, target) =>
    checkNumber("adddup2", posix.posix_spawn_file_actions_adddup2(actions, fd, target))
  );
  checkNumber("addfchdir_np", posix.posix_spawn_file_actions_addfchdir_np(actions, top));
  return actions;
}

function openLog(path: string, open: (path: string, flags: number, mode: number) => Fd): Fd {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = libc().numbers;
  try {
    return open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | NUMBERS.O_APPEND, 0o600);
  } catch (error) {
    const why = isErrno(error, "ELOOP") ? "is a symbolic link; replace it by a file" : "cannot be written";
    throw new VaultError("client.file_unsafe", `${path} ${why}`, { cause: error });
  }
}

function spawnAttributes(cleanup: DisposableStack): Uint8Array<ArrayBuffer> {
  const { posix, numbers } = libc();
  const attributes = cBuffer(ATTRIBUTES_BYTES);
  checkNumber("posix_spawnattr_init", posix.posix_spawnattr_init(attributes));
  cleanup.defer(() => void posix.posix_spawnattr_destroy(attributes));
  const [all, none] = [cBuffer(SIGSET_BYTES), cBuffer(SIGSET_BYTES)];
  posix.sigfillset(all);
  posix.sigemptyset(none);
  const flags = NUMBERS.POSIX_SPAWN_SETSID | numbers.POSIX_SPAWN_SETSIGDEF | numbers.POSIX_SPAWN_SETSIGMASK |
    numbers.SPAWN_EXTRA_FLAGS;
  checkNumber("posix_spawnattr_setflags", posix.posix_spawnattr_setflags(attributes, flags));
  checkNumber("posix_spawnattr_setsigdefault", posix.posix_spawnattr_setsigdefault(attributes, all));
  checkNumber("posix_spawnattr_setsigmask", posix.posix_spawnattr_setsigmask(attributes, none));
  return attributes;
}
