/**
 * Starts a program as a shell would: the caller's directory, environment, arguments and `PATH`; a process group of its
 * own; every signal at its default and none blocked, though this process ignores SIGPIPE; descriptors 0, 1 and 2, those
 * that the request names, and no other.
 *
 * The directory is opened before and entered by descriptor, so that "directory gone" and "program not found" cannot be
 * taken for each other. The system itself judges each candidate: nothing is checked first and used later.
 *
 * Not a session of its own: a process group without a parent in its session is "orphaned", and SIGTSTP would not stop it.
 */

import { utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { CVector } from "./c_vector.ts";
import { closeFd, type Fd, makePipe, openPath } from "./descriptor.ts";
import { factsOf } from "./file_facts.ts";
import { libc } from "./libc.ts";
import { isErrno, OsError } from "./os_error.ts";
import { hashOpenFile } from "./program_hash.ts";
import { programCandidates } from "./search_path.ts";
import { callSpawn, type InheritedFd, type PreparedSpawn, prepareSpawn } from "./spawn_call.ts";

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
  /** Descriptors beside its streams. */
  readonly inherited?: readonly InheritedFd[] | undefined;
  /** What is executed, whatever `program` stands for by now; that is only its name for itself then. */
  readonly executable?: Executable | undefined;
}

/** An open program file. macOS cannot execute by descriptor: there the path counts. */
export interface Executable {
  readonly fd: Fd;
  readonly path: string;
  /** What was looked at: a file that is another one by now is not executed. */
  readonly looked?: { readonly version: string; readonly sha256: string } | undefined;
}

/** A started child and our ends of its pipes, which still wait: an `FdStream` takes them over. */
export interface SpawnedChild {
  /** Also the number of its process group. */
  readonly pid: number;
  readonly stdin: Fd;
  readonly stdout: Fd;
  readonly stderr: Fd;
}

const SHELL = "/bin/sh";

/**
 * @throws VaultError `child.not_found`, `child.not_executable`, `child.directory_gone`, `child.spawn_failed`
 */
export function spawnProgram(request: SpawnRequest): SpawnedChild {
  using cleanup = new DisposableStack();
  const pipes = openPipes(cleanup);
  const pid = spawnOn(request, [pipes.stdin.reader, pipes.stdout.writer, pipes.stderr.writer]);
  pipes.ours.move();
  return { pid, stdin: pipes.stdin.writer, stdout: pipes.stdout.reader, stderr: pipes.stderr.reader };
}

/**
 * {@linkcode spawnProgram} with streams that are there already: what becomes the program's 0, 1 and 2. On a terminal,
 * the new process group becomes its foreground.
 */
export function spawnOn(request: SpawnRequest, descriptors: readonly Fd[], foregroundOf?: Fd): number {
  using cleanup = new DisposableStack();
  const directory = openCwd(request.cwd);
  cleanup.defer(() => closeFd(directory));
  const prepared = prepareSpawn({
    descriptors,
    directory,
    own: "group",
    foregroundOf,
    inherited: request.inherited,
    until: request.executable?.fd,
  }, cleanup);
  return request.executable === undefined
    ? tryCandidates(request, prepared)
    : spawnExecutable(request, request.executable, prepared);
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

/** As execvp: goes on past what is not there, remembers what was there and not allowed. */
function tryCandidates(request: SpawnRequest, prepared: PreparedSpawn): number {
  let forbidden: OsError | undefined;
  for (const candidate of programCandidates(request.program, request.path)) {
    try {
      return spawnCandidate(candidate, request, prepared);
    } catch (error) {
      if (isErrno(error, "EACCES")) forbidden = error;
      else if (!isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP")) throw failed(error);
    }
  }
  throw forbidden === undefined ? notFound() : notExecutable(forbidden);
}

function spawnCandidate(candidate: string, request: SpawnRequest, prepared: PreparedSpawn): number {
  try {
    return start(candidate, [request.program, ...request.args], request, prepared);
  } catch (error) {
    // A script without an interpreter line is one of the shell's, in execvp and in every shell.
    if (!isErrno(error, "ENOEXEC")) throw error;
    return start(SHELL, [SHELL, candidate, ...request.args], request, prepared);
  }
}

/** The kernel opens the file before it closes the descriptor. */
function spawnExecutable(
  request: SpawnRequest,
  { fd, path, looked }: Executable,
  prepared: PreparedSpawn,
): number {
  // Its times change with its names as well: only the content counts.
  const isOther = looked !== undefined && factsOf(fd).version !== looked.version;
  if (isOther && hashOpenFile(fd) !== looked.sha256) throw changed();
  const file = libc().own.os === "linux" ? `/proc/self/fd/${prepared.until}` : path;
  try {
    return start(file, [request.program, ...request.args], request, prepared);
  } catch (error) {
    throw isErrno(error, "EACCES", "ENOEXEC") ? notExecutable(error) : failed(error);
  }
}

function start(
  path: string,
  words: readonly string[],
  { environment, umask }: SpawnRequest,
  prepared: PreparedSpawn,
): number {
  using argv = new CVector(words.map(utf8));
  const vectors = { argv: argv.address, envp: environment.address };
  return underMask(umask, () => callSpawn(path, prepared, vectors));
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

function changed(): VaultError {
  return new VaultError(
    "child.not_executable",
    "The program was changed between the look at it and its start; run it again",
  );
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
