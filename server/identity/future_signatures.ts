/**
 * Signatures of clients whose clock runs ahead. Their time lies after the server's, so after a restart they would look
 * younger than the start although they were used before it (lesson B16). The latest such time is therefore noted with
 * the session, durably, before the request is served; a later process takes it for the session's own start.
 */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Ledger } from "../audit/ledger.ts";

/** What of a session's row is needed here. */
interface Session {
  readonly sessionId: string;
  /** Unix seconds; 0 where no signature was ahead. */
  readonly signedUntil: number;
}

interface Seen {
  /** As an earlier process left it: what was signed up to then may have been used. */
  readonly floor: number;
  noted: number;
  noting: Promise<void>;
}

/** Above the number of sessions of a day; who falls out is judged by the row again, on the strict side. */
const MAX_SESSIONS = 50_000;

export class FutureSignatures {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws VaultError `attestation.expired` for a time up to which an earlier process has taken signatures */
  check(session: Session, ts: number): void {
    const { floor } = this.#of(session);
    if (ts > floor) return;
    const now = unixSeconds(this.#clock.now());
    throw new VaultError(
      "attestation.expired",
      "The signature is older than the server's start; sign again and retry",
      {
        details: { reason: "before_server_start", server_time: now, server_started_at: floor },
        retryAfter: 1,
      },
    );
  }

  /** Settles once a time ahead of the server's is noted; at once for any other. */
  async note(session: Session, ts: number): Promise<void> {
    if (ts <= unixSeconds(this.#clock.now())) return;
    const seen = this.#of(session);
    if (ts > seen.noted) {
      seen.noted = ts;
      seen.noting = this.#write(session.sessionId, ts);
    }
    await seen.noting;
  }

  #of({ sessionId, signedUntil }: Session): Seen {
    const known = this.#seen.get(sessionId);
    if (known !== undefined) return known;
    if (this.#seen.size >= MAX_SESSIONS) this.#seen.clear();
    const fresh = { floor: signedUntil, noted: signedUntil, noting: Promise.resolve() };
    this.#seen.set(sessionId, fresh);
    return fresh;
  }

  async #write(sessionId: string, ts: number): Promise<void> {
    await this.#ledger.commit(async ({ db }) => {
      await db.updateTable("daemon_sessions").set({ signed_until: ts })
        .where("session_id", "=", sessionId).where("signed_until", "<", ts).execute();
    });
  }
}
