/** Verification of the audit log by its keeper: the admin asks piece after piece, and sees how far it is. */

import type { VerifyAuditRequest, VerifyAuditResponse } from "../../../shared/api/audit_verify.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger } from "../../audit/ledger.ts";
import { LogVerifier, type PieceVerdict } from "../../audit/log_verifier.ts";
import type { AdminCaller } from "../../caller.ts";
import { isStorageFault } from "../../store/faults.ts";
import type { Store } from "../../store/store.ts";
import type { ChainTail } from "../../store/writer.ts";
import type { AuditTreeKeeper } from "./tree.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

export class AuditVerificationService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #verifier: LogVerifier;
  readonly #keeper: AuditTreeKeeper;

  constructor({ store, ledger }: ServiceDeps, keeper: AuditTreeKeeper) {
    this.#store = store;
    this.#ledger = ledger;
    this.#verifier = new LogVerifier(store, ledger.proof);
    this.#keeper = keeper;
  }

  /**
   * @throws VaultError `request.invalid` for a row that is not there to go on from, `audit.broken` for a database that cannot
   * be read
   */
  async verify(caller: AdminCaller, request: VerifyAuditRequest): Promise<VerifyAuditResponse> {
    try {
      return await this.#verify(caller, request);
    } catch (cause) {
      if (!isStorageFault(cause)) throw cause;
      throw new VaultError(
        "audit.broken",
        "The log cannot be read to its end, because the database is damaged; keep the file, and restore the newest backup beside it",
        { cause },
      );
    }
  }

  async #verify(caller: AdminCaller, { after }: VerifyAuditRequest): Promise<VerifyAuditResponse> {
    const start = after === null || after === undefined
      ? await this.#verifier.start()
      : { ok: true as const, tail: this.#tailAt(after), atEnd: false };
    if (start.ok) {
      return await this.#report(caller, start.tail.seq + 1, await this.#verifier.piece(start.tail));
    }
    return await this.#report(caller, start.fault.seq, start);
  }

  async #report(caller: AdminCaller, from: number, verdict: PieceVerdict): Promise<VerifyAuditResponse> {
    const of = await this.#newest();
    if (verdict.ok) {
      const { tail, atEnd } = verdict;
      if (atEnd) await this.#record(caller, "success", { rows: tail.seq });
      return { ok: true, from, to: tail.seq, of, at_end: atEnd };
    }
    const { fault } = verdict;
    await this.#record(caller, "alarm", { seq: fault.seq, fault: fault.fault });
    await this.#keeper.raiseBroken(fault);
    return { ok: false, from, to: fault.seq - 1, of, at_end: false, fault };
  }

  /** One row for the whole: the pieces between tell nothing. */
  async #record(
    caller: AdminCaller,
    status: "success" | "alarm",
    details: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    await this.#ledger.commit((tx) => tx.audit({ ...success(caller, "verify_audit", { details }), status }));
  }

  async #newest(): Promise<number> {
    const row = await this.#store.reader.selectFrom("audit_log").select("seq").orderBy("seq", "desc").limit(1)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }

  #tailAt(seq: number): ChainTail {
    const tail = this.#verifier.tailAt(seq);
    if (tail !== undefined) return tail;
    throw new VaultError("request.invalid", "There is no row of this number to go on from; begin anew");
  }
}
