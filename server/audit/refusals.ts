/**
 * Audit rows for requests that were refused. The work that refused was rolled back, so the row is a commit of its own.
 *
 * The first refusal of a kind is written at once; the same address, action and code again within the window is only
 * counted, and the count becomes one row when the window closes. A flood that goes on gets longer windows. So a flood
 * cannot fill the disk, and no refusal is lost.
 */

import { type Clock, HOUR, type Instant, MINUTE } from "../../shared/clock.ts";
import type { AuditEntry } from "./entry.ts";
import type { Ledger } from "./ledger.ts";

const FIRST_WINDOW = MINUTE;
const LONGEST_WINDOW = HOUR;
/** Windows open at once. Whoever comes when they are used up is counted together with all such others. */
const MAX_WINDOWS = 200;

interface Window {
  readonly key: string;
  opened: Instant;
  length: number;
  /** The latest refusal that was counted and not written. */
  latest: AuditEntry;
  counted: number;
}

/** Refusals that a service has already put into the log with more than the adapter knows. */
const written = new WeakSet<Error>();

/** Marks an error whose row exists, so that the adapter writes no second one. Gives it back, to be thrown. */
export function alreadyAudited<Failure extends Error>(error: Failure): Failure {
  written.add(error);
  return error;
}

export function isAlreadyAudited(error: Error): boolean {
  return written.has(error);
}

export class Refusals {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #maxWindows: number;
  /** In the order in which they were opened. */
  readonly #windows = new Map<string, Window>();

  constructor(ledger: Ledger, clock: Clock, maxWindows = MAX_WINDOWS) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#maxWindows = maxWindows;
  }

  /** Writes or counts a refusal. Settles when what it wrote is durable. */
  async record(entry: AuditEntry): Promise<void> {
    const due = this.#closeOld();
    const key = this.#keyOf(entry);
    const open = this.#windows.get(key);
    if (open === undefined) {
      this.#windows.set(key, {
        key,
        opened: this.#clock.now(),
        length: FIRST_WINDOW,
        latest: entry,
        counted: 0,
      });
      due.push(key.startsWith("*") ? fromMany(entry) : entry);
    } else {
      open.latest = entry;
      open.counted++;
    }
    await this.#write(due);
  }

  /** Writes the counts of windows that are over. To be called now and then: nobody may come who closes them. */
  async closeOld(): Promise<void> {
    await this.#write(this.#closeOld());
  }

  /** Writes everything that is only counted so far. */
  async flush(): Promise<void> {
    await this.#write(this.#closeOld(true));
  }

  #keyOf(entry: AuditEntry): string {
    const what = `${entry.action} ${entry.status}`;
    const key = `${entry.origin.sourceIp} ${entry.principal} ${what}`;
    return this.#windows.has(key) || this.#windows.size < this.#maxWindows ? key : `* ${what}`;
  }

  /** A window in which nothing more came is over; one in which something came starts anew, twice as long. */
  #closeOld(everything = false): AuditEntry[] {
    const now = this.#clock.now();
    const over = [...this.#windows.values()].filter(({ opened, length }) =>
      everything || now - opened >= length
    );
    const due = over.filter(({ counted }) => counted > 0).map(summary);
    for (const window of over) {
      if (window.counted === 0) this.#windows.delete(window.key);
      Object.assign(window, { opened: now, length: Math.min(window.length * 2, LONGEST_WINDOW), counted: 0 });
    }
    return due;
  }

  async #write(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#ledger.commit(async (tx) => {
      for (const entry of entries) await tx.audit(entry);
    });
  }
}

function summary(window: Window): AuditEntry {
  const { latest, counted } = window;
  const entry = window.key.startsWith("*") ? fromMany(latest) : latest;
  return { ...entry, details: { ...entry.details, repeated: counted } };
}

function fromMany(entry: AuditEntry): AuditEntry {
  return {
    ...entry,
    principal: "anonymous",
    details: { ...entry.details, addresses: "many" },
    origin: { ...entry.origin, sourceIp: null },
  };
}
