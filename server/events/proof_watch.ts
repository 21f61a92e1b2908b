/**
 * Watches for proofs that are refused again and again: somebody guesses, replays, or uses a key or a token that is not
 * theirs. One refused proof is a mistyped path; many in a short time are told to people, once an hour for each address.
 *
 * Counts live in memory only: each refusal has its place in the audit log already. Stale proofs do not count, because a
 * host with a wrong clock sends them all day.
 */

import { type Clock, HOUR, type Instant, MINUTE } from "../../shared/clock.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import type { Tx } from "../audit/ledger.ts";
import { raiseEvent } from "./raise.ts";

/** Refused proofs of one address within {@linkcode WINDOW} that are worth a message. */
export const MANY = 20;
export const WINDOW = 5 * MINUTE;
const QUIET = HOUR;
/** Addresses watched at once; whoever comes when they are used up is counted together with all such others. */
const MAX_ADDRESSES = 1_000;
const OTHERS = "*";

const COUNTED: ReadonlySet<ErrorCode> = new Set([
  "proof.invalid",
  "proof.replayed",
  "attestation.invalid",
  "attestation.replayed",
  "token.invalid",
]);

interface Count {
  opened: Instant;
  refused: number;
  toldAt: Instant | undefined;
}

/** The part of the ledger that is needed here. */
export interface Committing {
  commit(work: (tx: Tx) => Promise<unknown>): Promise<unknown>;
}

export class ProofWatch {
  readonly #ledger: Committing;
  readonly #clock: Clock;
  readonly #maxAddresses: number;
  readonly #counts = new Map<string, Count>();

  constructor(ledger: Committing, clock: Clock, maxAddresses = MAX_ADDRESSES) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#maxAddresses = maxAddresses;
  }

  /** Counts a refusal; settles when the event, if it raised one, is durable. */
  async refused(code: ErrorCode, sourceIp: string | null): Promise<void> {
    if (!COUNTED.has(code)) return;
    const now = this.#clock.now();
    const key = this.#keyOf(sourceIp ?? OTHERS, now);
    const count = this.#counts.get(key) ?? { opened: now, refused: 0, toldAt: undefined };
    this.#counts.set(key, count);
    if (now - count.opened >= WINDOW) Object.assign(count, { opened: now, refused: 0 });
    count.refused += 1;
    const quiet = count.toldAt !== undefined && now - count.toldAt < QUIET;
    if (count.refused < MANY || quiet) return;
    const { toldAt } = count;
    count.toldAt = now;
    try {
      await this.#tell(key, count.refused, now);
    } catch (error) {
      // Told by the next refusal instead.
      count.toldAt = toldAt;
      throw error;
    }
  }

  async #tell(key: string, refused: number, now: Instant): Promise<void> {
    const facts = { refused, minutes: WINDOW / MINUTE, ...(key === OTHERS ? { addresses: "many" } : {}) };
    const sourceIp = key === OTHERS ? null : key;
    await this.#ledger.commit((tx) => raiseEvent(tx, now, { kind: "proofs_refused", sourceIp, facts }));
  }

  #keyOf(address: string, now: Instant): string {
    if (this.#counts.has(address)) return address;
    if (this.#counts.size >= this.#maxAddresses) this.#forgetOld(now);
    return this.#counts.size < this.#maxAddresses ? address : OTHERS;
  }

  #forgetOld(now: Instant): void {
    for (const [key, { opened, toldAt }] of this.#counts) {
      if (now - opened >= WINDOW && (toldAt === undefined || now - toldAt >= QUIET)) this.#counts.delete(key);
    }
  }
}
