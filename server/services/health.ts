/** Whether this server can do its work right now. */

import type { Ledger } from "../audit/ledger.ts";

export class HealthService {
  readonly #ledger: Ledger;

  constructor({ ledger }: { readonly ledger: Ledger }) {
    this.#ledger = ledger;
  }

  /**
   * Settles once a transaction, empty but durable, went through: the database can be written and the log with it.
   * @throws VaultError `server.audit_unavailable`, `server.busy`, `server.stopping`
   */
  async checkReady(): Promise<void> {
    await this.#ledger.commit(async () => {});
  }
}
