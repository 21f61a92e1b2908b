/** Attested sessions of daemons, as the admin sees and ends them. */

import type { DaemonSessionSummary, SessionListQuery } from "../../../shared/api/daemons.ts";
import { type Clock, formatOptionalTimestamp, formatTimestamp } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import { success } from "../success.ts";

export class DaemonSessionService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Newest first, ended ones included. */
  async list(caller: AdminCaller, wanted: SessionListQuery): Promise<Page<DaemonSessionSummary>> {
    let query = selectSessions(this.#store.reader).where(within(caller, "a.namespace"));
    if (wanted.agent_id !== undefined) query = query.where("a.agent_id", "=", wanted.agent_id);
    const page = await readPage(query, {
      by: ["s.created_at", "s.session_id"],
      newestFirst: true,
      keyOf: (row) => [row.created_at, row.session_id],
      isKey: isTimeKey,
    }, wanted);
    return page.map(toSummary);
  }

  /** Gives whether it had ended before. @throws VaultError `daemon.session_not_found` */
  revoke(caller: AdminCaller, sessionId: string): Promise<boolean> {
    return this.#ledger.commit(async (tx) => {
      const session = await selectSessions(tx.db).where("s.session_id", "=", sessionId)
        .where(within(caller, "a.namespace")).executeTakeFirst();
      if (session === undefined) {
        throw new VaultError(
          "daemon.session_not_found",
          "There is no session of this id; list the sessions for their ids",
        );
      }
      const { agent_id: agentId, namespace } = session;
      await tx.audit(
        success(caller, "daemon_session_revoke", { agentId, namespace, resourcePath: sessionId }),
      );
      const stop = { revoked_at: this.#clock.now(), revoked_reason: "revoked" };
      const result = await tx.db.updateTable("daemon_sessions").set(stop)
        .where("session_id", "=", sessionId).where("revoked_at", "is", null).executeTakeFirst();
      return result.numUpdatedRows === 0n;
    });
  }
}

function selectSessions(db: Queries) {
  return db.selectFrom("daemon_sessions as s").innerJoin("agents as a", "a.id", "s.agent_ref").select([
    "s.session_id",
    "a.agent_id",
    "a.namespace",
    "s.binary_sha256",
    "s.daemon_version",
    "s.daemon_pid",
    "s.daemon_uid",
    "s.hostname",
    "s.created_at",
    "s.expires_at",
    "s.revoked_at",
    "s.revoked_reason",
  ]);
}

type ListedSession = Awaited<ReturnType<ReturnType<typeof selectSessions>["execute"]>>[number];

function toSummary(row: ListedSession): DaemonSessionSummary {
  return {
    ...row,
    created_at: formatTimestamp(row.created_at),
    expires_at: formatTimestamp(row.expires_at),
    revoked_at: formatOptionalTimestamp(row.revoked_at),
  };
}
