/** Tells an address outside of each new head of the audit log's tree: it keeps what this server cannot take back. */

import type { AuditHead } from "../../../shared/audit/head.ts";
import { SECOND } from "../../../shared/clock.ts";

const TIMEOUT = 10 * SECOND;

export class AuditHeadPost {
  readonly #url: string;
  #posted: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Posts a head that was not posted yet. @throws Error where nobody takes it: the next try is the next call */
  async post(head: AuditHead): Promise<void> {
    if (head.root_hash === this.#posted) return;
    const answer = await fetch(this.#url, {
      method: "POST",
      redirect: "error",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(head),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the address for audit heads answered ${answer.status}`);
    this.#posted = head.root_hash;
  }
}
