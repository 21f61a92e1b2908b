/** How long to wait before the next try: doubling, with full jitter, so that a fleet does not come back as one. */

import { MINUTE, SECOND } from "../shared/clock.ts";
import { type ErrorCode, VaultError } from "../shared/errors.ts";

const FIRST = SECOND;
const LONGEST = MINUTE;

/** Failures that pass by themselves: the server is away, busy, sealed or stops. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "server.unreachable",
  "server.sealed",
  "server.stopping",
  "server.busy",
  "server.audit_unavailable",
  "server.internal",
  "request.timeout",
  "request.rate_limited",
  "auth.throttled",
]);

export function isPassing(error: unknown): error is VaultError {
  return error instanceof VaultError && PASSING.has(error.code);
}

export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` as `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds until the next try; at least what the server asked for. */
  next(error: unknown): number {
    const ceiling = Math.min(LONGEST, FIRST * 2 ** this.#failures++);
    const asked = error instanceof VaultError && error.retryAfter !== undefined
      ? error.retryAfter * SECOND
      : 0;
    // Half of it is certain: a jitter that may come to nothing is no back-off.
    return Math.max(asked, ceiling / 2 + this.#random() * ceiling / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
