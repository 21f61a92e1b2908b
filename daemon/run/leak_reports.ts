/**
 * Tells the server of values that a program printed and that were replaced: soon after the first one, and at the program's
 * end of whatever came since. The program does not wait for it, and a server that cannot be told is in the log.
 */

import type { LeakReport } from "../../shared/api/leaks.ts";
import { SECOND } from "../../shared/clock.ts";
import { type OutputStream, STDOUT } from "../../shared/socket/frames.ts";
import type { Timers } from "../timers.ts";

/** What one run has to tell. */
export type Leaks = LeakReport["leaks"];
/** Never rejects. */
export type SendLeaks = (leaks: Leaks) => Promise<void>;

/** So that a program which prints its environment is one report, and a server that runs for days is told of within seconds. */
const GATHERING = 5 * SECOND;

export class LeakReports {
  readonly #timers: Pick<Timers, "after">;
  readonly #send: SendLeaks;
  readonly #times = new Map<string, number>();
  #cancel: (() => void) | undefined;

  constructor(timers: Pick<Timers, "after">, send: SendLeaks) {
    this.#timers = timers;
    this.#send = send;
  }

  /** A value was replaced in a stream. */
  hit(stream: OutputStream, name: string): void {
    const key = `${stream === STDOUT ? "stdout" : "stderr"} ${name}`;
    this.#times.set(key, (this.#times.get(key) ?? 0) + 1);
    this.#cancel ??= this.#timers.after(GATHERING, () => void this.flush());
  }

  /** Tells what was not told yet. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#times.size === 0) return;
    const leaks = [...this.#times].map(([key, times]) => toLeak(key, times));
    this.#times.clear();
    await this.#send(leaks);
  }
}

function toLeak(key: string, times: number): Leaks[number] {
  const [stream, name] = [key.slice(0, "stdout".length), key.slice("stdout ".length)];
  return { name, stream: stream === "stdout" ? "stdout" : "stderr", times };
}
