/** Things that count once and for a short time: tickets between two steps of signing in, challenges. Kept in memory, bounded. */

import type { Clock, Instant } from "../../shared/clock.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { toBase64Url } from "../../shared/encoding.ts";

const MAX_KEPT = 5_000;

export interface OnceOptions {
  readonly clock: Clock;
  readonly lifeMs: number;
}

export class Once<Kept> {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  /** By the digest of the name that its holder was given. */
  readonly #kept = new Map<string, { readonly value: Kept; readonly until: Instant }>();

  constructor({ clock, lifeMs }: OnceOptions) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** Keeps something and gives the name to ask for it by. The oldest goes where there is no room. */
  put(value: Kept): string {
    const name = toBase64Url(randomBytes(32));
    this.#kept.set(sha256Hex(name), { value, until: this.#clock.now() + this.#lifeMs });
    for (const [key, { until }] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT && until > this.#clock.now()) break;
      this.#kept.delete(key);
    }
    return name;
  }

  /** What is kept, for the last time. */
  take(name: string): Kept | undefined {
    const value = this.peek(name);
    this.#kept.delete(sha256Hex(name));
    return value;
  }

  /** What is kept, without using it up. */
  peek(name: string): Kept | undefined {
    const found = this.#kept.get(sha256Hex(name));
    return found !== undefined && found.until > this.#clock.now() ? found.value : undefined;
  }
}
