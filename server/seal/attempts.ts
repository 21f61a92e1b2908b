/**
 * Attempts to unseal that failed. A sealed vault has no key for its log, so they are counted here, by address and reason, and
 * become rows in the transaction that opens it.
 */

import type { Origin } from "../audit/entry.ts";
import type { Tx } from "../audit/ledger.ts";
import { type ErrorCode, wireCode } from "../../shared/errors.ts";

/** Addresses are chosen by strangers: what comes beyond is counted together. */
const MOST_KEYS = 100;

interface Failed {
  readonly origin: Origin;
  readonly code: ErrorCode;
  count: number;
}

export class FailedAttempts {
  readonly #failed = new Map<string, Failed>();

  note(code: ErrorCode, origin: Origin): void {
    const own = `${origin.sourceIp} ${code}`;
    const isKnown = this.#failed.has(own) || this.#failed.size < MOST_KEYS;
    const key = isKnown ? own : `* ${code}`;
    const entry = this.#failed.get(key);
    if (entry !== undefined) entry.count += 1;
    else this.#failed.set(key, { code, count: 1, origin: isKnown ? origin : { ...origin, sourceIp: null } });
  }

  /** Writes a row for each kind. They are forgotten by {@linkcode forget}, once these are durable. */
  async record(tx: Tx): Promise<void> {
    for (const { origin, code, count } of this.#failed.values()) {
      const status = `denied:${wireCode(code)}`;
      const details = { attempts: count };
      await tx.audit({ principal: "anonymous", action: "vault_unseal", status, details, origin });
    }
  }

  forget(): void {
    this.#failed.clear();
  }
}
