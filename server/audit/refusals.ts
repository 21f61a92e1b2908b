/**
 * Audit rows for requests that were refused. The work that refused was rolled back, so the row is a commit of its own.
 *
 * The first refusal of a kind is written at once; the same address, action and code again within the window is only
 * counted, and the count becomes one row when the window closes. A flood that goes on gets longer windows. So a flood
 * cannot fill the disk, and no refusal is lost.
 */

import { type Clock, HOUR, type Instant, MINUTE } from "../../shared/clock.ts";
import type { AuditEntry } from "./entry.ts";
import type { Tx } from "./ledger.ts";

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

/** A row that is to be written, and for how many refusals of its window it stands. */
interface Due {
  readonly window: Window;
  readonly entry: AuditEntry;
  readonly refusals: number;
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

/** Facts about refusals that the log has and the caller does not get. */
const facts = new WeakMap<Error, Pick<AuditEntry, "details">>();

/** Gives an error back with facts for its row alone, such as the account that a wrong password was tried for. */
export function withFacts<Failure extends Error>(error: Failure, details: Record<string, string>): Failure {
  facts.set(error, { details });
  return error;
}

export function factsOf(error: Error): Pick<AuditEntry, "details"> {
  return facts.get(error) ?? {};
}

/** The part of the ledger that is needed here. */
export interface Committing {
  commit(work: (tx: Tx) => Promise<void>): Promise<unknown>;
}

export class Refusals {
  readonly #ledger: Committing;
  readonly #clock: Clock;
  readonly #maxWindows: number;
  readonly #windows = new Map<string, Window>();

  constructor(ledger: Committing, clock: Clock, maxWindows = MAX_WINDOWS) {
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
      const window = { key, opened: this.#clock.now(), length: FIRST_WINDOW, latest: entry, counted: 0 };
      this.#windows.set(key, window);
      due.push({ window, entry: asShown(window), refusals: 1 });
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
  #closeOld(everything = false): Due[] {
    const now = this.#clock.now();
    const due: Due[] = [];
    for (const window of this.#windows.values()) {
      if (!everything && now - window.opened < window.length) continue;
      if (window.counted === 0) this.#windows.delete(window.key);
      else due.push({ window, entry: summary(window), refusals: window.counted });
      Object.assign(window, { opened: now, length: Math.min(window.length * 2, LONGEST_WINDOW), counted: 0 });
    }
    return due;
  }

  /** What could not be written is counted again, so that a later row tells of it. */
  async #write(due: readonly Due[]): Promise<void> {
    if (due.length === 0) return;
    try {
      await this.#ledger.commit(async (tx) => {
        for (const { entry } of due) await tx.audit(entry);
      });
    } catch (error) {
      for (const { window, refusals } of due) window.counted += refusals;
      throw error;
    }
  }
}

function summary(window: Window): AuditEntry {
  const entry = asShown(window);
  return { ...entry, details: { ...entry.details, repeated: window.counted } };
}

/** A window that many share names none of them. */
function asShown({ key, latest }: Window): AuditEntry {
  if (!key.startsWith("*")) return latest;
  return {
    ...latest,
    principal: "anonymous",
    details: { ...latest.details, addresses: "many" },
    origin: { ...latest.origin, sourceIp: null },
  };
}
