/**
 * Whether a signature is of now. Replay caches live in memory, so whatever was signed up to and in the second in which
 * this server started is refused: it may have been used before the start (lesson B16). Whole seconds, on the strict side.
 */

import { type Clock, type Instant, unixSeconds } from "../../shared/clock.ts";
import { type ErrorCode, VaultError } from "../../shared/errors.ts";
import { PROOF_WINDOW_SECONDS } from "../../shared/proofs/auth_proof.ts";

export class Freshness {
  readonly #clock: Clock;
  readonly #startedAt: number;

  /** `startedAt`: when this process began to accept signatures. */
  constructor(clock: Clock, startedAt: Instant) {
    this.#clock = clock;
    this.#startedAt = unixSeconds(startedAt);
  }

  /**
   * @throws VaultError with the given code. A client whose clock is right tries once more with a fresh signature, after
   * `retryAfter` where the server has only just started.
   */
  check(ts: number, code: ErrorCode): void {
    const now = unixSeconds(this.#clock.now());
    if (Math.abs(now - ts) > PROOF_WINDOW_SECONDS) {
      throw new VaultError(
        code,
        "The signature's time is too far from the server's; set the clock of this host",
        {
          details: { reason: "outside_window", server_time: now },
        },
      );
    }
    if (ts > this.#startedAt) return;
    throw new VaultError(code, "The signature is older than the server's start; sign again and retry", {
      details: { reason: "before_server_start", server_time: now, server_started_at: this.#startedAt },
      retryAfter: Math.max(1, this.#startedAt + 1 - now),
    });
  }
}
