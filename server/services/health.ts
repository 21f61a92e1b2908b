/** Whether this server can do its work right now. */

import { type Clock, type Instant, SECOND } from "../../shared/clock.ts";
import type { Ledger } from "../audit/ledger.ts";

/** Anybody may ask, as often as they like: one check serves all who ask within this time. */
const FRESH_FOR = SECOND;

export class HealthService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #last: { readonly at: Instant; readonly check: Promise<void> } | undefined;

  constructor({ ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock }) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /**
   * Settles once a transaction, empty but through the writer, went through: the database and the log take writes.
   * @throws VaultError `server.audit_unavailable`, `server.busy`, `server.stopping`
   */
  checkReady(): Promise<void> {
    const now = this.#clock.now();
    if (this.#last !== undefined && now - this.#last.at < FRESH_FOR) return this.#last.check;
    const check = this.#ledger.commit(async () => {});
    this.#last = { at: now, check };
    return check;
  }
}
