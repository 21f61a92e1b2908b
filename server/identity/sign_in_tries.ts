/**
 * Slows down whoever guesses passwords: by account and by address. A try counts when it begins, so that many at once are no way
 * around it, and an account that does not exist is counted like one that does. What is counted is the one form of an address.
 */

import { type Clock, HOUR, type Instant, MINUTE, SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";

interface Rule {
  /** Tries that nobody is made to wait after. */
  readonly free: number;
  readonly longestWait: number;
}

const RULES = {
  account: { free: 5, longestWait: 15 * MINUTE },
  /** Colleagues behind one address share it. */
  address: { free: 30, longestWait: 5 * MINUTE },
} as const satisfies Readonly<Record<string, Rule>>;

type Kind = keyof typeof RULES;

const FORGET_AFTER = HOUR;
const MAX_KEYS = 20_000;

interface Counted {
  readonly tries: number;
  readonly last: Instant;
}

export interface Guesser {
  /** In its one form; undefined where there is none to guess at, and the address alone counts. */
  readonly account: string | undefined;
  readonly address: string;
}

export class SignInTries {
  readonly #clock: Clock;
  readonly #records = new Map<string, Counted>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a try before anything is looked at. @throws VaultError `auth.throttled` */
  begin({ account, address }: Guesser): void {
    const accountWait = account === undefined ? 0 : this.#wait("account", account);
    const wait = Math.max(accountWait, this.#wait("address", address));
    if (wait > 0) throw throttled(wait);
    if (account !== undefined) this.#count("account", account);
    this.#count("address", address);
  }

  /** The account starts anew. The address does not: whoever has an account of their own could clear it with that. */
  succeeded({ account, address }: Guesser): void {
    if (account !== undefined) this.#records.delete(`account ${account}`);
    const key = `address ${address}`;
    const record = this.#records.get(key);
    if (record !== undefined) this.#records.set(key, { ...record, tries: Math.max(0, record.tries - 1) });
  }

  #wait(kind: Kind, name: string): number {
    const record = this.#records.get(`${kind} ${name}`);
    if (record === undefined) return 0;
    return record.last + delayAfter(RULES[kind], record.tries) - this.#clock.now();
  }

  #count(kind: Kind, name: string): void {
    const key = `${kind} ${name}`;
    const now = this.#clock.now();
    const before = this.#records.get(key);
    const tries = before !== undefined && now - before.last < FORGET_AFTER ? before.tries + 1 : 1;
    this.#records.delete(key);
    this.#records.set(key, { tries, last: now });
    if (this.#records.size > MAX_KEYS) this.#dropOldest();
  }

  #dropOldest(): void {
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      return;
    }
  }
}

function delayAfter({ free, longestWait }: Rule, tries: number): number {
  if (tries < free) return 0;
  return Math.min(longestWait, SECOND * 2 ** Math.min(tries - free, 20));
}

function throttled(waitMs: number): VaultError {
  const retryAfter = Math.ceil(waitMs / SECOND);
  return new VaultError("auth.throttled", `Too many tries to sign in; try again in ${retryAfter} s`, {
    retryAfter,
  });
}
