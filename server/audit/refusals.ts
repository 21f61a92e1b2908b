/**
 * Audit rows for requests that were refused. The work that refused was rolled back, so the row is a commit of its own.
 *
 * The first refusal of a kind is written at once; the same address, action and code again within the window is only
 * counted, and the count becomes one row when the window closes: a flood cannot fill the disk, and no refusal is lost.
 */

import { type Clock, type Instant, MINUTE } from "../../shared/clock.ts";
import type { AuditEntry } from "./entry.ts";
import type { Ledger } from "./ledger.ts";

const WINDOW = MINUTE;
/** Windows open at once. Whoever comes when they are used up is counted together with all such others. */
const MAX_WINDOWS = 1_000;

interface Window {
  readonly key: string;
  readonly opened: Instant;
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
      this.#windows.set(key, { key, opened: this.#clock.now(), latest: entry, counted: 0 });
      due.push(key.startsWith("*") ? fromMany(entry) : entry);
    } else {
      open.latest = entry;
      open.counted++;
    }
    await this.#write(due);
  }

  /** Writes what is only counted so far, of windows that are over; of all with `everything`. */
  async flush(everything = true): Promise<void> {
    const due = this.#closeOld(everything);
    await this.#write(due);
  }

  #keyOf(entry: AuditEntry): string {
    const what = `${entry.action} ${entry.status}`;
    const key = `${entry.origin.sourceIp} ${entry.principal} ${what}`;
    return this.#windows.has(key) || this.#windows.size < this.#maxWindows ? key : `* ${what}`;
  }

  #closeOld(everything = false): AuditEntry[] {
    const due: AuditEntry[] = [];
    for (const window of this.#windows.values()) {
      if (!everything && this.#clock.now() - window.opened < WINDOW) break;
      this.#windows.delete(window.key);
      if (window.counted > 0) due.push(summary(window));
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
