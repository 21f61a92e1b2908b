/**
 * Starts a program that outlives us: a session of its own without a terminal, the top directory, no input, both outputs
 * at the end of a private log file.
 */

import { utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { CInt } from "./c_memory.ts";
import { CVector } from "./c_vector.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { isErrno, OsError } from "./os_error.ts";
import { callSpawn, type PreparedSpawn, prepareSpawn } from "./spawn_call.ts";

export interface DetachedProgram {
  /** Absolute. */
  readonly path: string;
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; made with 0600 where it is not there, never through a link. */
  readonly logFile: string;
}

const WNOHANG = 1;

/** fcntl.h of the two systems; that of macOS is from Apple's headers and was not run. */
const O_APPEND = Deno.build.os === "darwin" ? 0x8 : 0o2000;

/** Its process number. @throws VaultError `child.spawn_failed`, `client.file_unsafe` */
export function spawnDetached(program: DetachedProgram): number {
  using cleanup = new DisposableStack();
  const prepared = prepare(program.logFile, cleanup);
  const argv = cleanup.use(new CVector([program.path, ...program.args].map(utf8)));
  const envp = cleanup.use(
    new CVector(Object.entries(program.env).map(([name, value]) => utf8(`${name}=${value}`))),
  );
  try {
    return callSpawn(program.path, prepared, { argv: argv.address, envp: envp.address });
  } catch (error) {
    const why = error instanceof OsError ? error.errno : "unknown";
    throw new VaultError("child.spawn_failed", `${program.path} cannot be started: ${why}`, { cause: error });
  }
}

/** Whether our child has ended; it is reaped then. */
export function hasEnded(pid: number): boolean {
  return libc().posix.waitpid(pid, new CInt().bytes, WNOHANG) !== 0;
}

function prepare(logFile: string, cleanup: DisposableStack): PreparedSpawn {
  const { numbers } = libc();
  const open = (path: string, flags: number, mode?: number): Fd => {
    const fd = openPath(path, flags, mode);
    cleanup.defer(() => closeFd(fd));
    return fd;
  };
  const input = open("/dev/null", numbers.O_RDONLY);
  const log = openLog(logFile, open);
  const directory = open("/", numbers.O_RDONLY | numbers.O_DIRECTORY);
  return prepareSpawn({ descriptors: [input, log, log], directory, own: "session" }, cleanup);
}

function openLog(path: string, open: (path: string, flags: number, mode: number) => Fd): Fd {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = libc().numbers;
  try {
    return open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_APPEND, 0o600);
  } catch (error) {
    const why = isErrno(error, "ELOOP") ? "is a symbolic link; replace it by a file" : "cannot be written";
    throw new VaultError("client.file_unsafe", `${path} ${why}`, { cause: error });
  }
}
