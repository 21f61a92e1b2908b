/** What the server does by itself, again and again, while it is unsealed. One chore that fails stops no other. */

import type { Clock, Instant } from "../../shared/clock.ts";

export interface Chore {
  /** For the log. */
  readonly name: string;
  /** Milliseconds from one start to the next. */
  readonly everyMs: number;
  run(): Promise<void>;
}

export interface ChoreLog {
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

export class Chores {
  readonly #chores: readonly Chore[];
  readonly #clock: Clock;
  readonly #log: ChoreLog;
  readonly #lastStart = new Map<Chore, Instant>();
  #running: Promise<void> | undefined;

  constructor(chores: readonly Chore[], clock: Clock, log: ChoreLog) {
    this.#chores = chores;
    this.#clock = clock;
    this.#log = log;
  }

  /** Runs what is due, one after another; a call during a run joins it. Never rejects. */
  runDue(): Promise<void> {
    this.#running ??= this.#runAll().finally(() => this.#running = undefined);
    return this.#running;
  }

  async #runAll(): Promise<void> {
    for (const chore of this.#chores.filter((each) => this.#isDue(each))) {
      this.#lastStart.set(chore, this.#clock.now());
      await chore.run().catch((error) => this.#log.error("a chore failed", { chore: chore.name, error }));
    }
  }

  #isDue(chore: Chore): boolean {
    const last = this.#lastStart.get(chore);
    return last === undefined || this.#clock.now() - last >= chore.everyMs;
  }
}
