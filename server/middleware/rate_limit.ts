/**
 * Rate limits in memory, by GCRA (a leaky bucket that stores one time per key). Bounded: the keys are chosen by
 * strangers, so the map drops the one not seen for longest when it is full.
 */

import { type Clock, type Instant, MINUTE, SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";

export interface Rate {
  /** Requests that may come at once. */
  readonly burst: number;
  readonly perMinute: number;
}

/**
 * Requests are counted per address before authentication. The numbers leave room for a fleet behind one address:
 * fifty hosts that log in together poll 600 times a minute at the interval of 5 s.
 */
export const RATES = {
  public: { burst: 300, perMinute: 600 },
  /** A month of kept heads at once, one every quarter of an hour; a proof costs a fraction of a millisecond. */
  audit_consistency: { burst: 3_000, perMinute: 3_000 },
  discover: { burst: 300, perMinute: 600 },
  device_authorize: { burst: 5, perMinute: 5 },
  device_token: { burst: 300, perMinute: 1_200 },
  attest: { burst: 300, perMinute: 300 },
  /** Only refused requests count: a wrong or dead project token. */
  project: { burst: 300, perMinute: 300 },
  /** After authentication, per agent: `run --wait` asks every few seconds. */
  discover_agent: { burst: 60, perMinute: 60 },
  /** Per agent: a daemon that restarts in a loop, not one that renews. */
  attest_agent: { burst: 20, perMinute: 20 },
  /** Per device code, whose client may poll every 5 s. */
  device_poll: { burst: 5, perMinute: 24 },
  /** Per address: codes that nobody was given. */
  device_guess: { burst: 20, perMinute: 20 },
} as const satisfies Readonly<Record<string, Rate>>;

export type RateName = keyof typeof RATES;

/** A refused proof costs as much as this many good requests. */
export const WRONG_PROOF_COST = 10;

const MAX_KEYS = 20_000;

export class RateLimiter {
  readonly #clock: Clock;
  readonly #maxKeys: number;
  /** When the bucket of a key will be empty, in order of last use. */
  readonly #emptyAt = new Map<string, Instant>();

  constructor(clock: Clock, maxKeys = MAX_KEYS) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#emptyAt.size;
  }

  /** @throws VaultError `request.rate_limited` with the seconds to wait */
  spend(name: RateName, key: string, cost = 1): void {
    const wait = this.#waitFor(name, key, cost);
    if (wait > 0) throw limited(wait);
    this.charge(name, key, cost);
  }

  /** Refuses where nothing is left, but takes nothing: for limits that only count failures. */
  check(name: RateName, key: string): void {
    const wait = this.#waitFor(name, key, 1);
    if (wait > 0) throw limited(wait);
  }

  /** Takes without asking: the failure has happened. */
  charge(name: RateName, key: string, cost = 1): void {
    const id = `${name} ${key}`;
    const emptyAt = Math.max(this.#emptyAt.get(id) ?? 0, this.#clock.now()) + cost * step(name);
    this.#emptyAt.delete(id);
    this.#emptyAt.set(id, emptyAt);
    if (this.#emptyAt.size > this.#maxKeys) this.#dropOldest();
  }

  #waitFor(name: RateName, key: string, cost: number): number {
    const now = this.#clock.now();
    const emptyAt = this.#emptyAt.get(`${name} ${key}`) ?? 0;
    return Math.max(emptyAt, now) + cost * step(name) - RATES[name].burst * step(name) - now;
  }

  #dropOldest(): void {
    for (const oldest of this.#emptyAt.keys()) {
      this.#emptyAt.delete(oldest);
      return;
    }
  }
}

function step(name: RateName): number {
  return MINUTE / RATES[name].perMinute;
}

function limited(waitMs: number): VaultError {
  const retryAfter = Math.max(1, Math.ceil(waitMs / SECOND));
  return new VaultError("request.rate_limited", `Too many requests; try again in ${retryAfter} s`, {
    retryAfter,
  });
}
