/**
 * Starts a program as a shell would: the caller's directory, environment, arguments and `PATH`; a process group of its
 * own; every signal at its default and none blocked, though this process ignores SIGPIPE; descriptors 0, 1 and 2 and no
 * other.
 *
 * The directory is opened before and entered by descriptor, so that "directory gone" and "program not found" cannot be
 * taken for each other. The system itself judges each candidate: nothing is checked first and used later.
 *
 * Not a session of its own: a process group without a parent in its session is "orphaned", and SIGTSTP would not stop it.
 */

import { utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { cBuffer, CInt, cString } from "./c_memory.ts";
import { CVector } from "./c_vector.ts";
import { closeFd, type Fd, makePipe, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { checkNumber, isErrno, OsError } from "./os_error.ts";
import { programCandidates } from "./search_path.ts";

export interface SpawnRequest {
  readonly program: string;
  /** Without the program's name. */
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** `NAME=value` each. The caller disposes of it. */
  readonly environment: CVector;
  /** `PATH` to search; undefined searches the system's default. */
  readonly path: string | undefined;
  /** File mode mask of the child; ours where it is left out. */
  readonly umask?: number | undefined;
}

/** A started child and our ends of its pipes, which still wait: an `FdStream` takes them over. */
export interface SpawnedChild {
  /** Also the number of its process group. */
  readonly pid: number;
  readonly stdin: Fd;
  readonly stdout: Fd;
  readonly stderr: Fd;
}

/** Larger than glibc's 80 and 336 bytes and musl's; on macOS both are one pointer. */
const ACTIONS_BYTES = 512;
const ATTRIBUTES_BYTES = 512;
const SIGSET_BYTES = 128;
const FIRST_OWN_FD = 3;
const SHELL = "/bin/sh";

/**
 * @throws VaultError `child.not_found`, `child.not_executable`, `child.directory_gone`, `child.spawn_failed`
 */
export function spawnProgram(request: SpawnRequest): SpawnedChild {
  using cleanup = new DisposableStack();
  const pipes = openPipes(cleanup);
  const cwd = openCwd(request.cwd);
  cleanup.defer(() => closeFd(cwd));
  const actions = fileActions(pipes, cwd, cleanup);
  const attributes = spawnAttributes(cleanup);
  const pid = tryCandidates(request, actions, attributes);
  pipes.ours.move();
  return { pid, stdin: pipes.stdin.writer, stdout: pipes.stdout.reader, stderr: pipes.stderr.reader };
}

interface Pipes {
  readonly stdin: ReturnType<typeof makePipe>;
  readonly stdout: ReturnType<typeof makePipe>;
  readonly stderr: ReturnType<typeof makePipe>;
  /** Closes our ends, unless the child started. */
  readonly ours: DisposableStack;
}

function openPipes(cleanup: DisposableStack): Pipes {
  const ours = cleanup.use(new DisposableStack());
  const open = (kept: "reader" | "writer") => {
    const pipe = attemptSpawnStep(makePipe);
    const given = kept === "reader" ? pipe.writer : pipe.reader;
    cleanup.defer(() => closeFd(given));
    ours.defer(() => closeFd(pipe[kept]));
    return pipe;
  };
  return { stdin: open("writer"), stdout: open("reader"), stderr: open("reader"), ours };
}

function openCwd(path: string): Fd {
  const { O_DIRECTORY, O_PATH } = libc().numbers;
  try {
    return openPath(path, O_PATH | O_DIRECTORY);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ENAMETOOLONG", "ELOOP")) {
      const message = "The working directory is gone or closed to the daemon; change to one that is there";
      throw new VaultError("child.directory_gone", message, { cause: error });
    }
    throw failed(error);
  }
}

function fileActions(pipes: Pipes, cwd: Fd, cleanup: DisposableStack): Uint8Array<ArrayBuffer> {
  const { posix, own } = libc();
  const actions = cBuffer(ACTIONS_BYTES);
  checkNumber("posix_spawn_file_actions_init", posix.posix_spawn_file_actions_init(actions));
  cleanup.defer(() => void posix.posix_spawn_file_actions_destroy(actions));
  const given = [pipes.stdin.reader, pipes.stdout.writer, pipes.stderr.writer];
  // Deno opens 0, 1 and 2 at its start where they were closed, so none of these is one of them.
  given.forEach((fd, target) =>
    checkNumber(
      "posix_spawn_file_actions_adddup2",
      posix.posix_spawn_file_actions_adddup2(actions, fd, target),
    )
  );
  checkNumber("addfchdir_np", posix.posix_spawn_file_actions_addfchdir_np(actions, cwd));
  // Everything of ours is close-on-exec already; this is for what a library may have opened otherwise.
  const closeFrom = own.os === "linux" ? own.c.posix_spawn_file_actions_addclosefrom_np : null;
  if (closeFrom) checkNumber("addclosefrom_np", closeFrom(actions, FIRST_OWN_FD));
  return actions;
}

function spawnAttributes(cleanup: DisposableStack): Uint8Array<ArrayBuffer> {
  const { posix, numbers } = libc();
  const attributes = cBuffer(ATTRIBUTES_BYTES);
  checkNumber("posix_spawnattr_init", posix.posix_spawnattr_init(attributes));
  cleanup.defer(() => void posix.posix_spawnattr_destroy(attributes));
  const [all, none] = [cBuffer(SIGSET_BYTES), cBuffer(SIGSET_BYTES)];
  posix.sigfillset(all);
  posix.sigemptyset(none);
  const flags = numbers.POSIX_SPAWN_SETPGROUP | numbers.POSIX_SPAWN_SETSIGDEF |
    numbers.POSIX_SPAWN_SETSIGMASK |
    numbers.SPAWN_EXTRA_FLAGS;
  checkNumber("posix_spawnattr_setflags", posix.posix_spawnattr_setflags(attributes, flags));
  checkNumber("posix_spawnattr_setpgroup", posix.posix_spawnattr_setpgroup(attributes, 0));
  checkNumber("posix_spawnattr_setsigdefault", posix.posix_spawnattr_setsigdefault(attributes, all));
  checkNumber("posix_spawnattr_setsigmask", posix.posix_spawnattr_setsigmask(attributes, none));
  return attributes;
}

/** As execvp: goes on past what is not there, remembers what was there and not allowed. */
function tryCandidates(
  request: SpawnRequest,
  actions: Uint8Array<ArrayBuffer>,
  attributes: Uint8Array<ArrayBuffer>,
): number {
  let forbidden: OsError | undefined;
  for (const candidate of programCandidates(request.program, request.path)) {
    try {
      return spawnCandidate(candidate, request, actions, attributes);
    } catch (error) {
      if (isErrno(error, "EACCES")) forbidden = error;
      else if (!isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP")) throw failed(error);
    }
  }
  throw forbidden === undefined ? notFound() : notExecutable(forbidden);
}

function spawnCandidate(
  candidate: string,
  request: SpawnRequest,
  actions: Uint8Array<ArrayBuffer>,
  attributes: Uint8Array<ArrayBuffer>,
): number {
  const start = (path: string, argv: readonly string[]) => {
    using vector = new CVector(argv.map(utf8));
    const pid = new CInt();
    const { posix_spawn } = libc().posix;
    const environment = request.environment.address;
    const failure = underMask(
      request.umask,
      () => posix_spawn(pid.bytes, cString(path), actions, attributes, vector.address, environment),
    );
    checkNumber("posix_spawn", failure);
    return pid.value;
  };
  try {
    return start(candidate, [request.program, ...request.args]);
  } catch (error) {
    // A script without an interpreter line is one of the shell's, in execvp and in every shell.
    if (!isErrno(error, "ENOEXEC")) throw error;
    return start(SHELL, [SHELL, candidate, ...request.args]);
  }
}

/** The mask is the whole process's, and a child can only inherit it: nothing else runs between the two calls. */
function underMask<T>(mask: number | undefined, action: () => T): T {
  if (mask === undefined) return action();
  const before = libc().posix.umask(mask);
  try {
    return action();
  } finally {
    libc().posix.umask(before);
  }
}

function attemptSpawnStep<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw failed(error);
  }
}

function notFound(): VaultError {
  return new VaultError("child.not_found", "The program is not found; check its name and your PATH");
}

function notExecutable(cause: OsError): VaultError {
  return new VaultError("child.not_executable", "The program may not be executed; check its permissions", {
    cause,
  });
}

function failed(error: unknown): unknown {
  if (!(error instanceof OsError)) return error;
  if (error.errno === "ETXTBSY") return notExecutable(error);
  const why = error.errno === "E2BIG" ? "its arguments and environment are too large together" : error.errno;
  return new VaultError("child.spawn_failed", `The program cannot be started: ${why}`, { cause: error });
}
