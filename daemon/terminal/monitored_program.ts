/**
 * A program that a monitor watches for us: its end and its stops come as reports. Its number stays taken, in the
 * monitor's hands, until {@linkcode MonitoredProgram.reap}.
 */

import { Child, type Ending, endingBySignal, type ProcessLife, signalGroup } from "../../shared/os/child.ts";
import type { FdStream } from "../../shared/os/fd_stream.ts";
import { libc } from "../../shared/os/libc.ts";
import type { SignalName } from "../../shared/os/posix.ts";
import type { MonitorInput } from "./monitor_input.ts";
import { decodeLine, type MonitorReport } from "./protocol.ts";

/** The pipes to a monitor, and its own life. */
export interface MonitorLink {
  readonly monitor: Child;
  readonly order: FdStream;
  readonly reports: FdStream;
  readonly input: MonitorInput;
}

export class MonitoredProgram implements ProcessLife {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly #link: MonitorLink;
  readonly #onStopped: () => void;
  #ending: Ending | undefined;
  #reaped = false;

  /** Takes the link over; `onStopped` is called for every stop of the program, at the earliest in the next microtask. */
  constructor(pid: number, link: MonitorLink, onStopped: () => void) {
    this.pid = pid;
    this.#link = link;
    this.#onStopped = onStopped;
    this.ended = this.#follow();
  }

  signal(name: SignalName): boolean {
    return !this.#reaped && signalGroup(this.pid, name);
  }

  reap(): Ending {
    if (this.#ending === undefined) throw new Error("the program still runs");
    if (!this.#reaped) release(this.#link);
    this.#reaped = true;
    return this.#ending;
  }

  async #follow(): Promise<void> {
    while (this.#ending === undefined) {
      const line = await this.#link.input.line();
      if (line === undefined) return this.#monitorDied();
      const report: MonitorReport = decodeLine(line);
      if (report.kind === "stopped") this.#onStopped();
      if (report.kind === "ended") this.#ending = report.ending;
    }
  }

  /** Its terminal went with it, which the system tells the program by SIGHUP. Nobody keeps the number any more. */
  #monitorDied(): void {
    this.#ending = endingBySignal(libc().numbers.signals.SIGHUP);
    this.#reaped = true;
    release(this.#link);
  }
}

/** Lets the monitor end, and gives its own number back. */
export function release({ monitor, order, reports }: MonitorLink): void {
  order.close();
  reports.close();
  void monitor.reapWhenEnded();
}
