/** Timers whose time passes only when a test says so. */

import type { Timers } from "../../../daemon/timers.ts";

interface Entry {
  readonly at: number;
  readonly action: () => void;
}

export class ManualTimers implements Timers {
  #now: number;
  readonly #entries = new Set<Entry>();

  constructor(now = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, action: () => void): () => void {
    const entry = { at: this.#now + milliseconds, action };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  /** Milliseconds until each timer that waits, soonest first. */
  get waiting(): number[] {
    return [...this.#entries].map(({ at }) => at - this.#now).sort((left, right) => left - right);
  }

  /** Lets time pass: timers run in their order, each at its own moment. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next: Entry | undefined; (next = this.#next(end)) !== undefined;) {
      this.#entries.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
  }

  #next(end: number): Entry | undefined {
    return [...this.#entries].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
  }
}
