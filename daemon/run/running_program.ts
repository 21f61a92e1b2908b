/** A program that has just been started, whatever its streams are on: pipes, or a terminal of its own. */

import { fromBase64 } from "../../shared/encoding.ts";
import { Child, type ProcessLife } from "../../shared/os/child.ts";
import { widenPipe } from "../../shared/os/descriptor.ts";
import { FdStream } from "../../shared/os/fd_stream.ts";
import { libc } from "../../shared/os/libc.ts";
import type { Reactor } from "../../shared/os/reactor.ts";
import { spawnProgram, type SpawnRequest } from "../../shared/os/spawn.ts";
import { setWindowSize, type TerminalSettings, type WindowSize } from "../../shared/os/terminal.ts";
import { MAX_DATA_BYTES, type OutputStream, STDERR, STDOUT } from "../../shared/socket/frames.ts";
import type { ExecRequest } from "../../shared/socket/messages.ts";
import { type LaunchDeps, launchOnTerminal, type TerminalWish } from "../terminal/launch.ts";
import { MonitoredProgram } from "../terminal/monitored_program.ts";

export interface RunningProgram {
  readonly life: ProcessLife;
  readonly stdin: FdStream;
  /** On a terminal there may be only standard output. */
  readonly outputs: ReadonlyMap<OutputStream, FdStream>;
  readonly resize: (size: WindowSize) => void;
}

/** The terminal of a run, and who hears that the program on it was stopped. */
export interface TerminalOrder {
  readonly wish: TerminalWish;
  readonly onStopped: () => void;
}

/** What the caller asked for; undefined for pipes. */
export function terminalOrder(request: ExecRequest, onStopped: () => void): TerminalOrder | undefined {
  const { tty: { stdin, stdout, stderr }, terminal } = request;
  if (!stdout) return undefined;
  const { rows, columns } = terminal ?? { rows: 0, columns: 0 };
  const settings = readSettings(terminal?.settings);
  return { wish: { stdin, stderr, size: { rows, columns }, settings }, onStopped };
}

/** Hears of the process whose descendants are the run, before it can have any that ask for something. */
export type OnRoot = (pid: number) => void;

/** @throws VaultError why it cannot be started */
export function startOnPipes(reactor: Reactor, request: SpawnRequest, onRoot: OnRoot): RunningProgram {
  const { pid, stdin, stdout, stderr } = spawnProgram(request);
  onRoot(pid);
  for (const output of [stdout, stderr]) widenPipe(output, MAX_DATA_BYTES);
  return {
    life: new Child(reactor, pid),
    stdin: new FdStream(reactor, stdin),
    outputs: new Map([[STDOUT, new FdStream(reactor, stdout)], [STDERR, new FdStream(reactor, stderr)]]),
    resize: () => {},
  };
}

/** @throws VaultError why it cannot be started */
export async function startOnTerminal(
  deps: LaunchDeps,
  request: SpawnRequest,
  { wish, onStopped }: TerminalOrder,
  onRoot: OnRoot,
): Promise<RunningProgram> {
  const { pid, link, master, stdin, stderr } = await launchOnTerminal(deps, request, wish, onRoot);
  const shown = new FdStream(deps.reactor, master);
  const outputs = new Map<OutputStream, FdStream>([[STDOUT, shown]]);
  if (stderr !== undefined) outputs.set(STDERR, new FdStream(deps.reactor, stderr));
  return {
    life: new MonitoredProgram(pid, link, onStopped),
    stdin: new FdStream(deps.reactor, stdin),
    outputs,
    resize: (size) => shown.closed ? undefined : setWindowSize(shown.fd, size),
  };
}

/** Settings that are not this system's are left out: the terminal has its defaults then. */
function readSettings(text: string | undefined): TerminalSettings | undefined {
  const bytes = text === undefined ? undefined : fromBase64(text);
  return bytes?.byteLength === libc().numbers.terminal.TERMIOS_BYTES ? bytes : undefined;
}
