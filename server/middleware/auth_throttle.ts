/**
 * Slows down whoever guesses the admin token: per address, each wrong token doubles the wait. The right token from
 * another address is never kept waiting, so guessing locks nobody else out.
 */

import { type Clock, type Instant, MINUTE, SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";

/** A person who pastes the wrong thing a few times is not made to wait. */
const FREE_TRIES = 5;
const LONGEST_WAIT = 5 * MINUTE;
/** After this long without a wrong token the count starts anew. */
const FORGET_AFTER = 15 * MINUTE;
const MAX_KEYS = 10_000;

interface Failures {
  readonly failures: number;
  readonly last: Instant;
}

export class AuthThrottle {
  readonly #clock: Clock;
  readonly #what: string;
  readonly #records = new Map<string, Failures>();

  /** `what` there was too much of, for the message. */
  constructor(clock: Clock, what = "wrong admin tokens") {
    this.#clock = clock;
    this.#what = what;
  }

  get size(): number {
    return this.#records.size;
  }

  /** @throws VaultError `auth.throttled` while the address has to wait */
  check(key: string): void {
    const record = this.#records.get(key);
    if (record === undefined) return;
    const wait = record.last + delayAfter(record.failures) - this.#clock.now();
    if (wait <= 0) return;
    const retryAfter = Math.ceil(wait / SECOND);
    throw new VaultError("auth.throttled", `Too many ${this.#what}; try again in ${retryAfter} s`, {
      retryAfter,
    });
  }

  failed(key: string): void {
    const now = this.#clock.now();
    const before = this.#records.get(key);
    const failures = before !== undefined && now - before.last < FORGET_AFTER ? before.failures + 1 : 1;
    this.#records.delete(key);
    this.#records.set(key, { failures, last: now });
    if (this.#records.size > MAX_KEYS) this.#dropOldest();
  }

  succeeded(key: string): void {
    this.#records.delete(key);
  }

  #dropOldest(): void {
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      return;
    }
  }
}

function delayAfter(failures: number): number {
  if (failures <= FREE_TRIES) return 0;
  return Math.min(LONGEST_WAIT, SECOND * 2 ** Math.min(failures - FREE_TRIES - 1, 20));
}
