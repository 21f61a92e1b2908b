/**
 * Starts a program on a terminal of its own: the terminal is made here, a monitor is started as the leader of a new
 * session, and gets its order once we have seen that it is the program that we are ourselves.
 */

import { SECOND } from "../../shared/clock.ts";
import { codeFromWire, VaultError, type WireError } from "../../shared/errors.ts";
import { utf8 } from "../../shared/encoding.ts";
import { Child } from "../../shared/os/child.ts";
import { CVector } from "../../shared/os/c_vector.ts";
import { closeFd, duplicate, type Fd, makePipe, openPath } from "../../shared/os/descriptor.ts";
import { FdStream } from "../../shared/os/fd_stream.ts";
import { libc } from "../../shared/os/libc.ts";
import { OsError } from "../../shared/os/os_error.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";
import { openPty } from "../../shared/os/pty.ts";
import type { Reactor } from "../../shared/os/reactor.ts";
import type { SpawnRequest } from "../../shared/os/spawn.ts";
import { callSpawn, prepareSpawn, type SpawnSetup } from "../../shared/os/spawn_call.ts";
import {
  applySettings,
  setWindowSize,
  type TerminalSettings,
  type WindowSize,
} from "../../shared/os/terminal.ts";
import type { Timers } from "../timers.ts";
import { MonitorInput } from "./monitor_input.ts";
import { type MonitorLink, release } from "./monitored_program.ts";
import { decodeLine, encodeLine, MONITOR_FD, type MonitorReport } from "./protocol.ts";

/** How to start this program once more, as a monitor. */
export interface MonitorProgram {
  readonly path: string;
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** What its process must be running: our own program. */
  readonly sha256: string;
}

export interface LaunchDeps {
  readonly reactor: Reactor;
  readonly timers: Timers;
  readonly hashes: ProgramHashes;
  readonly monitor: MonitorProgram;
}

/** The terminal that is wanted; standard output is always on it. */
export interface TerminalWish {
  /** Whether standard input and standard error are on it too; a pipe each where not. */
  readonly stdin: boolean;
  readonly stderr: boolean;
  readonly size: WindowSize;
  /** Of the caller's own terminal; the system's default where it has none. */
  readonly settings?: TerminalSettings | undefined;
}

/** A started program, our ends of its streams, and the way to hear of it. */
export interface LaunchedProgram {
  readonly pid: number;
  readonly link: MonitorLink;
  /** Standard output and everything else that is shown; also what sets the size. */
  readonly master: Fd;
  /** Where input goes: the terminal's other number, or a pipe. */
  readonly stdin: Fd;
  /** Undefined where standard error is on the terminal. */
  readonly stderr: Fd | undefined;
}

/** A monitor answers in a twentieth of a second; this is for a machine that is nearly dead. */
const START_LIMIT = 20 * SECOND;

/**
 * `onMonitor` hears of the monitor before it has started the program.
 * @throws VaultError why the program cannot be started
 */
export async function launchOnTerminal(
  deps: LaunchDeps,
  request: SpawnRequest,
  wish: TerminalWish,
  onMonitor: (pid: number) => void = () => {},
): Promise<LaunchedProgram> {
  using given = new DisposableStack();
  using kept = new DisposableStack();
  const streams = openStreams(wish, given, kept);
  const link = startMonitor(deps, streams, request, given, kept);
  given.dispose();
  onMonitor(link.monitor.pid);
  const cancel = deps.timers.after(START_LIMIT, () => void link.monitor.signal("SIGKILL"));
  try {
    const pid = await giveOrder(deps, link, request);
    kept.move();
    const { master, ours } = streams;
    return { pid, link, master, ...ours };
  } catch (error) {
    link.monitor.signal("SIGKILL");
    release(link);
    throw error instanceof OsError ? failed(error) : error;
  } finally {
    cancel();
  }
}

interface Streams {
  readonly master: Fd;
  readonly slave: Fd;
  readonly theirs: { readonly stdin: Fd; readonly stderr: Fd };
  readonly ours: { readonly stdin: Fd; readonly stderr: Fd | undefined };
}

/** `given` closes what is for the program, `kept` what is ours. */
function openStreams(wish: TerminalWish, given: DisposableStack, kept: DisposableStack): Streams {
  const { master, slave } = openPty();
  kept.defer(() => closeFd(master));
  given.defer(() => closeFd(slave));
  if (wish.settings !== undefined) applySettings(slave, wish.settings);
  setWindowSize(master, wish.size);
  const keep = (fd: Fd) => kept.adopt(fd, closeFd);
  const give = (fd: Fd) => given.adopt(fd, closeFd);
  const input = wish.stdin ? undefined : makePipe();
  const errors = wish.stderr ? undefined : makePipe();
  return {
    master,
    slave,
    theirs: {
      stdin: input === undefined ? slave : give(input.reader),
      stderr: errors === undefined ? slave : give(errors.writer),
    },
    ours: {
      stdin: keep(input === undefined ? duplicate(master) : input.writer),
      stderr: errors === undefined ? undefined : keep(errors.reader),
    },
  };
}

function startMonitor(
  { reactor, monitor }: LaunchDeps,
  { slave, theirs }: Streams,
  { executable, inherited = [] }: SpawnRequest,
  given: DisposableStack,
  kept: DisposableStack,
): MonitorLink {
  const order = makePipe();
  given.adopt(order.reader, closeFd);
  const reports = makePipe();
  given.adopt(reports.writer, closeFd);
  const nothing = given.adopt(openPath("/dev/null", libc().numbers.O_RDWR), closeFd);
  const descriptors = [
    nothing,
    nothing,
    STDERR,
    order.reader,
    reports.writer,
    slave,
    theirs.stdin,
    slave,
    theirs.stderr,
    ...(executable === undefined ? [] : [executable.fd]),
  ];
  const files = inherited.map(({ fd }, at) => ({ fd, target: MONITOR_FD.files + at }));
  const pid = spawnMonitor(monitor, { descriptors, inherited: files }, given);
  const reader = new FdStream(reactor, reports.reader);
  const writer = new FdStream(reactor, order.writer);
  kept.defer(() => [reader, writer].forEach((stream) => stream.close()));
  return {
    monitor: new Child(reactor, pid),
    order: writer,
    reports: reader,
    input: new MonitorInput(reader),
  };
}

const STDERR = 2;

function spawnMonitor(
  { path, args, env }: MonitorProgram,
  passed: Pick<SpawnSetup, "descriptors" | "inherited">,
  given: DisposableStack,
): number {
  const { O_DIRECTORY, O_PATH } = libc().numbers;
  const directory = given.adopt(openPath("/", O_PATH | O_DIRECTORY), closeFd);
  const prepared = prepareSpawn({ ...passed, directory, own: "session" }, given);
  using argv = new CVector([path, ...args].map(utf8));
  using envp = new CVector(env.map(utf8));
  return callSpawn(path, prepared, { argv: argv.address, envp: envp.address });
}

/** The order holds values: it goes to nobody but ourselves. */
async function giveOrder(
  { hashes, monitor }: LaunchDeps,
  link: MonitorLink,
  { environment, executable, inherited = [], ...request }: SpawnRequest,
): Promise<number> {
  if (await hashes.ofProcess(link.monitor.pid) !== monitor.sha256) throw replaced();
  await link.order.write(
    encodeLine({
      ...request,
      executable: executable && { ...executable, fd: MONITOR_FD.executable },
      inherited: inherited.map(({ target }, at) => ({ fd: MONITOR_FD.files + at, target })),
      environmentBytes: environment.strings.byteLength,
    }),
  );
  await link.order.write(environment.strings);
  const line = await link.input.line();
  if (line === undefined) throw monitorEnded();
  const report: MonitorReport = decodeLine(line);
  if (report.kind === "started") return report.pid;
  throw report.kind === "failed" ? fromWire(report.error) : new Error("the monitor broke its protocol");
}

function fromWire({ error, error_code }: WireError): VaultError {
  return new VaultError(codeFromWire(error_code) ?? "child.spawn_failed", error);
}

function replaced(): VaultError {
  return new VaultError(
    "child.spawn_failed",
    "The daemon's program file is not the one that runs; restart the daemon, or use --no-tty",
  );
}

function monitorEnded(cause?: OsError): VaultError {
  return new VaultError("child.spawn_failed", "The terminal's monitor ended; try again", { cause });
}

function failed(cause: OsError): VaultError {
  if (cause.errno === "EPIPE") return monitorEnded(cause);
  return new VaultError("child.spawn_failed", `The program cannot be started on a terminal: ${cause.errno}`, {
    cause,
  });
}
