/**
 * Decoys: secrets that nobody has a reason to read. Whoever does gets no value: the token is revoked for good, an alarm
 * stands in the audit log, and the answer says no more than that the token is not accepted.
 */

import type { Clock } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Ledger, Tx } from "../audit/ledger.ts";
import { alreadyAudited } from "../audit/refusals.ts";
import type { SealedGrant } from "./access_facts.ts";
import type { TokenHolder } from "./project_release.ts";
import { success } from "./success.ts";

export class DecoyAlarm {
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock }) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Raises the alarm where one of the secrets is a decoy. @throws VaultError `auth.invalid` */
  async check(caller: TokenHolder, grants: readonly SealedGrant[]): Promise<void> {
    const decoys = grants.filter(({ decoy }) => decoy === 1);
    if (decoys.length === 0) return;
    await this.#ledger.commit((tx) => this.#raise(tx, caller, decoys));
    throw alreadyAudited(new VaultError("auth.invalid", "The request is not accepted"));
  }

  async #raise(tx: Tx, caller: TokenHolder, decoys: readonly SealedGrant[]): Promise<void> {
    await tx.db.updateTable("project_tokens").set({ revoked_at: this.#clock.now(), revoked_reason: "decoy" })
      .where("project_ref", "=", caller.token.projectRef).where("revoked_at", "is", null).execute();
    for (const { keyPath } of decoys) {
      const entry = success(caller, "honey_token_access", {
        agentId: caller.agent.agent_id,
        projectName: caller.projectName,
        namespace: caller.agent.namespace,
        resourcePath: keyPath,
        details: { token_id: caller.token.id },
      });
      await tx.audit({ ...entry, status: "alarm" });
    }
  }
}
