/**
 * The leader of the session that a program on a terminal runs in: this program once more, started by the daemon for one
 * run. A process group whose parents are all outside its session cannot be stopped by Ctrl-Z (POSIX, "orphaned process
 * group"), so somebody in the session has to be the parent; and only a parent hears that its child was stopped.
 *
 * It starts the program in the terminal's foreground, tells what becomes of it, and keeps its number taken until the
 * daemon closes the pipe of the order. When the daemon dies, the terminal is gone, and SIGHUP ends monitor and program.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { toWireError, VaultError } from "../../shared/errors.ts";
import { CVector } from "../../shared/os/c_vector.ts";
import { signalGroup } from "../../shared/os/child.ts";
import { nextChange } from "../../shared/os/child_changes.ts";
import { closeFd } from "../../shared/os/descriptor.ts";
import { FdStream } from "../../shared/os/fd_stream.ts";
import { hardenProcess, refuseTracer } from "../../shared/os/hardening.ts";
import { libc } from "../../shared/os/libc.ts";
import { nativeArena } from "../../shared/os/native_arena.ts";
import { isErrno } from "../../shared/os/os_error.ts";
import { Reactor } from "../../shared/os/reactor.ts";
import { spawnOn } from "../../shared/os/spawn.ts";
import { spawnsIntoForeground } from "../../shared/os/spawn_call.ts";
import { becomeTerminalOf, setForeground } from "../../shared/os/terminal.ts";
import { giveUpPermissions } from "../permissions.ts";
import { MonitorInput } from "./monitor_input.ts";
import { decodeLine, encodeLine, MONITOR_FD, type MonitorOrder, type MonitorReport } from "./protocol.ts";

/** Keys of the terminal are for the program; and a leader in the background may still move the foreground. */
const IGNORED = ["SIGINT", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU"] as const;
const SIG_IGN = 1n;

/** Serves one order to its end; returns the exit code, which nobody reads. */
export async function runMonitor(): Promise<number> {
  hardenProcess();
  refuseTracer();
  nativeArena();
  const reactor = new Reactor();
  giveUpPermissions();
  for (const name of IGNORED) libc().posix.signal(libc().numbers.signals[name], SIG_IGN);
  const input = new MonitorInput(new FdStream(reactor, MONITOR_FD.order));
  const reports = new FdStream(reactor, MONITOR_FD.report);
  const report = (message: MonitorReport) => reports.write(encodeLine(message));
  const pid = await start(input, report);
  if (pid !== undefined) {
    await follow(pid, report);
    await input.end();
  }
  return 0;
}

type Report = (message: MonitorReport) => Promise<void>;

async function start(input: MonitorInput, report: Report): Promise<number | undefined> {
  try {
    becomeTerminalOf(MONITOR_FD.terminal);
    const pid = await startOrdered(input);
    if (pid !== undefined) await report({ kind: "started", pid });
    return pid;
  } catch (error) {
    const known = error instanceof VaultError
      ? error
      : new VaultError("child.spawn_failed", "The program cannot be started on a terminal");
    await report({ kind: "failed", error: toWireError(known) });
    return undefined;
  }
}

/** The program's number; undefined when the daemon went away before the order was whole. */
async function startOrdered(input: MonitorInput): Promise<number | undefined> {
  const line = await input.line();
  if (line === undefined) return undefined;
  const order: MonitorOrder = decodeLine(line);
  const bytes = await input.bytes(order.environmentBytes);
  if (bytes === undefined) return undefined;
  using environment = new CVector(splitStrings(bytes));
  wipe(bytes);
  const { stdin, stdout, stderr, terminal } = MONITOR_FD;
  const pid = spawnOn({ ...order, environment }, [stdin, stdout, stderr], terminal);
  if (!spawnsIntoForeground()) bringToForeground(pid);
  // The program's alone: the other side of a pipe must see its end.
  [stdin, stdout, stderr].forEach(closeFd);
  order.inherited?.forEach(({ fd }) => closeFd(fd));
  if (order.executable !== undefined) closeFd(order.executable.fd);
  return pid;
}

/** It may have asked the terminal before, and was stopped for that. */
function bringToForeground(pid: number): void {
  setForeground(MONITOR_FD.terminal, pid);
  signalGroup(pid, "SIGCONT");
}

/** The end is told first: once we leave, the daemon may close the terminal, and that hangs up on us. */
async function follow(pid: number, report: Report): Promise<void> {
  for (;;) {
    const change = await nextChange(pid);
    await report(change);
    if (change.kind !== "ended") continue;
    return leaveTerminal();
  }
}

/** What still runs behind the program is not hung up on; with our descriptor goes the last one of a quiet run. */
function leaveTerminal(): void {
  try {
    setForeground(MONITOR_FD.terminal, libc().posix.getpgrp());
  } catch (error) {
    // Hung up already: there is no foreground any more.
    if (!isErrno(error, "EIO", "ENOTTY")) throw error;
  }
  closeFd(MONITOR_FD.terminal);
}

/** Views of NUL-terminated strings. */
function splitStrings(bytes: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const end = bytes.indexOf(0, at);
    strings.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return strings;
}
