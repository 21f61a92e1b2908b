/**
 * Sealing while the server runs: the row in the log first, then the keys go. They go too where the row cannot be written, on a
 * full disk for example: an open vault that nobody can seal would be worse.
 */

import { OPEN, type SealStatus } from "../../../shared/api/seal.ts";
import type { Ledger } from "../../audit/ledger.ts";
import type { AdminCaller, AnonymousCaller } from "../../caller.ts";
import { type StepObserver, unobserved } from "../../durable_steps.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

export class SealService {
  readonly #ledger: Ledger;
  readonly #reached: StepObserver;
  readonly #beginSeal: (() => void) | undefined;

  constructor({ ledger, reached, beginSeal }: ServiceDeps) {
    this.#ledger = ledger;
    this.#reached = reached ?? unobserved;
    this.#beginSeal = beginSeal;
  }

  /** Nothing is served any more from its return on; the answer goes out once the keys are gone. */
  async seal(caller: AdminCaller): Promise<SealStatus> {
    const begin = this.#beginSeal;
    if (begin === undefined) throw new Error("this application has no gate that could be closed");
    try {
      await this.#ledger.commit((tx) => tx.audit(success(caller, "vault_seal")));
      this.#reached("seal.recorded");
    } finally {
      begin();
    }
    return { sealed: true, shares: null };
  }

  /** While there is a service there is an open vault; a sealed server answers by `server/seal/door.ts`. */
  async status(_caller: AnonymousCaller): Promise<SealStatus> {
    return OPEN;
  }
}
