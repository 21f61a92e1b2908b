/**
 * Slows down whoever guesses the operator's password behind a stolen admin token. One guess at a time, because each costs the
 * memory of a whole derivation; after a few wrong ones each doubles the wait, for everybody: guesses come from many addresses.
 */

import { type Clock, type Instant, MINUTE, SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";

/** A person who mistypes is not made to wait. */
const FREE_TRIES = 3;
const LONGEST_WAIT = 5 * MINUTE;

export class PasswordTries {
  readonly #clock: Clock;
  #wrong = 0;
  #last: Instant = 0;
  #running = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs a proof that gives undefined where the password is wrong.
   * @throws VaultError `auth.throttled`, `server.busy` without having run it
   */
  async attempt<T>(prove: () => Promise<T | undefined>): Promise<T | undefined> {
    this.#check();
    this.#running = true;
    try {
      const proof = await prove();
      this.#note(proof !== undefined);
      return proof;
    } finally {
      this.#running = false;
    }
  }

  #check(): void {
    if (this.#running) {
      throw new VaultError("server.busy", "Another password is being proved; try again in a moment", {
        retryAfter: 2,
      });
    }
    const wait = this.#last + delayAfter(this.#wrong) - this.#clock.now();
    if (wait <= 0) return;
    const retryAfter = Math.ceil(wait / SECOND);
    throw new VaultError("auth.throttled", `Too many wrong passwords; try again in ${retryAfter} s`, {
      retryAfter,
    });
  }

  #note(right: boolean): void {
    this.#wrong = right ? 0 : this.#wrong + 1;
    this.#last = this.#clock.now();
  }
}

function delayAfter(wrong: number): number {
  if (wrong < FREE_TRIES) return 0;
  return Math.min(LONGEST_WAIT, SECOND * 2 ** Math.min(wrong - FREE_TRIES, 20));
}
