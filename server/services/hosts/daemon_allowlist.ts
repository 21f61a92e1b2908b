/**
 * Which daemon binaries may attest. An empty list lets every binary in, so taking the last entry off does not empty
 * it: the entry stays, disabled, and lets nobody in, until it is deleted once more.
 */

import type { Selectable } from "kysely";
import type { AllowDaemonRequest, AllowedDaemonSummary } from "../../../shared/api/daemons.ts";
import type { PageQuery } from "../../../shared/api/page.ts";
import { type Clock, formatTimestamp } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { AllowedDaemonTable } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import { success } from "../success.ts";

const SHA256 = /^[0-9a-f]{64}$/;

export interface RemovedDaemon {
  readonly sessionsEnded: number;
  /** Whether binaries are still checked against a list. */
  readonly enforced: boolean;
}

export class DaemonAllowlistService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Newest first. */
  async list(_caller: AdminCaller, wanted: PageQuery): Promise<Page<AllowedDaemonSummary>> {
    const page = await readPage(this.#store.reader.selectFrom("allowed_daemons").selectAll(), {
      by: ["created_at", "binary_sha256"],
      newestFirst: true,
      keyOf: (row) => [row.created_at, row.binary_sha256],
      isKey: isTimeKey,
    }, wanted);
    return page.map(toSummary);
  }

  /** @throws VaultError `allowlist.exists`, `request.invalid` */
  async add(
    caller: AdminCaller,
    request: AllowDaemonRequest,
  ): Promise<{ binary_sha256: string; enabled: boolean }> {
    const sha = request.binary_sha256.trim().toLowerCase();
    if (!SHA256.test(sha)) {
      throw new VaultError(
        "request.invalid",
        "Field 'binary_sha256' has to be the SHA-256 of a binary in 64 hex digits",
      );
    }
    const enabled = request.enabled ?? true;
    await this.#ledger.commit(async (tx) => {
      await tx.audit(
        success(caller, "allowed_daemon_version_add", { resourcePath: sha, details: { enabled } }),
      );
      const made = await tx.db.insertInto("allowed_daemons").values({
        binary_sha256: sha,
        version: request.version ?? null,
        description: request.description || null,
        enabled: enabled ? 1 : 0,
        created_at: this.#clock.now(),
      }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
      if (made.numInsertedOrUpdatedRows === 1n) return;
      throw new VaultError("allowlist.exists", "This binary is on the list; delete it first to change it");
    });
    return { binary_sha256: sha, enabled };
  }

  /** Ends the sessions of the binary. @throws VaultError `allowlist.not_found` */
  remove(caller: AdminCaller, sha: string): Promise<RemovedDaemon> {
    return this.#ledger.commit(async (tx) => {
      const rows = await tx.db.selectFrom("allowed_daemons").select(["binary_sha256", "enabled"]).execute();
      const row = rows.find((other) => other.binary_sha256 === sha);
      if (row === undefined) {
        throw new VaultError(
          "allowlist.not_found",
          "This binary is not on the list; list the allowed binaries",
        );
      }
      const isLastLive = rows.length === 1 && row.enabled === 1;
      const sessionsEnded = await this.#endSessions(tx, sha);
      const enforced = isLastLive || rows.length > 1;
      const details = { sessions_ended: sessionsEnded, enforced };
      await tx.audit(success(caller, "allowed_daemon_version_remove", { resourcePath: sha, details }));
      if (isLastLive) await tx.db.updateTable("allowed_daemons").set({ enabled: 0 }).execute();
      else await tx.db.deleteFrom("allowed_daemons").where("binary_sha256", "=", sha).execute();
      return { sessionsEnded, enforced };
    });
  }

  async #endSessions(tx: Tx, sha: string): Promise<number> {
    const stop = { revoked_at: this.#clock.now(), revoked_reason: "binary_removed" };
    const result = await tx.db.updateTable("daemon_sessions").set(stop)
      .where("binary_sha256", "=", sha).where("revoked_at", "is", null).executeTakeFirst();
    return Number(result.numUpdatedRows);
  }
}

function toSummary(row: Selectable<AllowedDaemonTable>): AllowedDaemonSummary {
  return { ...row, enabled: row.enabled === 1 ? 1 : 0, created_at: formatTimestamp(row.created_at) };
}
