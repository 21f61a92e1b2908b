/**
 * Stops whoever tries user codes: after six wrong ones from an address there is a pause. Bounded, because addresses are
 * chosen by strangers; the admin token stands before it in any case.
 */

import { type Clock, type Instant, MINUTE, SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";

export const MAX_WRONG_CODES = 6;
/** As long as a code lives: when the pause is over, so is the code that was being guessed. */
const PAUSE = 10 * MINUTE;
const MAX_KEYS = 10_000;

interface Count {
  wrong: number;
  last: Instant;
}

export class WrongCodes {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws VaultError `auth.throttled` while the pause lasts */
  check(key: string): void {
    const count = this.#live(key);
    if (count === undefined || count.wrong < MAX_WRONG_CODES) return;
    const retryAfter = Math.max(1, Math.ceil((count.last + PAUSE - this.#clock.now()) / SECOND));
    throw new VaultError(
      "auth.throttled",
      `Too many wrong codes; start the login anew, or try again in ${retryAfter} s`,
      {
        retryAfter,
      },
    );
  }

  failed(key: string): void {
    const wrong = (this.#live(key)?.wrong ?? 0) + 1;
    this.#counts.delete(key);
    this.#counts.set(key, { wrong, last: this.#clock.now() });
    if (this.#counts.size > MAX_KEYS) this.#dropOldest();
  }

  succeeded(key: string): void {
    this.#counts.delete(key);
  }

  #live(key: string): Count | undefined {
    const count = this.#counts.get(key);
    return count !== undefined && this.#clock.now() - count.last < PAUSE ? count : undefined;
  }

  #dropOldest(): void {
    for (const oldest of this.#counts.keys()) {
      this.#counts.delete(oldest);
      return;
    }
  }
}
