/**
 * Decisions about requests for access. Each is about exactly the names that the approver saw: a request that was
 * widened meanwhile is refused where the approver sent along what they saw.
 */

import type {
  ApprovalTerm,
  ApprovedGrant,
  ApproveGrantRequest,
  DenyGrantRequest,
  HalfApproved,
  PendingGrantQuery,
  PendingGrantSummary,
} from "../../../shared/api/pending_grants.ts";
import { type Clock, DAY, formatTimestamp } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { readList } from "../json_columns.ts";
import { within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import {
  grantedBefore,
  type PendingGrantRow,
  requestDigest,
  selectGrants,
  toSummary,
} from "./pending_grant_rows.ts";
import { success } from "../success.ts";
import { approvalsSoFar, approvesNow, forgetApprovals } from "./two_people.ts";

/** How long an approval counts; thirty days by section 4.3 of the wire contract. What is meant for once waits a day at most. */
const TERMS: Readonly<Record<ApprovalTerm, number>> = { once: DAY, day: DAY, month: 30 * DAY };

export class PendingGrantService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Newest first. */
  async list(caller: AdminCaller, wanted: PendingGrantQuery): Promise<Page<PendingGrantSummary>> {
    let query = selectGrants(this.#store.reader).where(within(caller, "g.namespace"));
    if (wanted.status !== undefined) query = query.where("g.status", "=", wanted.status);
    const page = await readPage(query, {
      by: ["g.requested_at", "g.id"],
      newestFirst: true,
      keyOf: (row) => [row.requested_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    const now = this.#clock.now();
    const granted = await Promise.all(
      page.items.map((row) => row.status === "pending" ? grantedBefore(this.#store.reader, row, now) : []),
    );
    const soFar = await approvalsSoFar(this.#store.reader, page.items.map(({ id }) => id));
    return page.map((row) => toSummary(row, granted[page.items.indexOf(row)] ?? [], soFar.get(row.id) ?? []));
  }

  /** @throws VaultError `grant.not_found`, `grant.already_decided`, `grant.changed`, `request.invalid`, `approval.*` */
  approve(
    caller: AdminCaller,
    id: string,
    request: ApproveGrantRequest,
  ): Promise<ApprovedGrant | HalfApproved> {
    return this.#ledger.commit(async (tx) => {
      const grant = await findPending(tx.db, id, caller);
      checkUnchanged(grant, request);
      const keys = approvedKeys(grant, request);
      const now = this.#clock.now();
      const term = request.term ?? "month";
      const until = now + TERMS[term];
      const note = request.note ?? null;
      const facts = {
        ...factsOf(grant),
        details: { approved_keys: keys, requested_keys: readList(grant.requested_keys), term, note },
      };
      const terms = [requestDigest(grant), keys, term];
      const approval = { requestId: id, namespace: grant.namespace, agentRef: grant.agent_ref, terms, now };
      if (!await approvesNow(tx, caller, approval)) {
        await tx.audit({ ...success(caller, "pending_grant_approve_first", facts), status: "pending" });
        const approvals = (await approvalsSoFar(tx.db, [id])).get(id) ?? [];
        return { approved: false, id, approvals, needed: 2 };
      }
      await tx.audit(success(caller, "pending_grant_approve", facts));
      await forgetApprovals(tx, id);
      await tx.db.updateTable("pending_grants").set({
        ...decision(caller, "approved", now),
        approved_keys: JSON.stringify(keys),
        auto_approval_until: until,
        term,
        note,
      }).where("id", "=", id).execute();
      return { approved: true, id, approved_keys: keys, auto_approval_until: formatTimestamp(until) };
    });
  }

  /** @throws VaultError `grant.not_found`, `grant.already_decided`, `grant.changed` */
  async deny(caller: AdminCaller, id: string, request: DenyGrantRequest = {}): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      const grant = await findPending(tx.db, id, caller);
      checkUnchanged(grant, request);
      const note = request.note ?? null;
      const facts = { ...factsOf(grant), details: { note } };
      await tx.audit({ ...success(caller, "pending_grant_deny", facts), status: "denied" });
      await forgetApprovals(tx, id);
      await tx.db.updateTable("pending_grants")
        .set({ ...decision(caller, "denied", this.#clock.now()), note })
        .where("id", "=", id).execute();
    });
  }

  /** Forgets the request and its decision: an approval ends, a denial no longer stands. @throws VaultError `grant.not_found` */
  async delete(caller: AdminCaller, id: string): Promise<void> {
    await this.#ledger.commit(async (tx: Tx) => {
      const grant = await findGrant(tx.db, id, caller);
      await tx.audit(
        success(caller, "pending_grant_delete", { ...factsOf(grant), details: { was: grant.status } }),
      );
      await forgetApprovals(tx, id);
      await tx.db.deleteFrom("pending_grants").where("id", "=", id).execute();
    });
  }
}

async function findGrant(db: Queries, id: string, of: Pick<AdminCaller, "reach">): Promise<PendingGrantRow> {
  const row = await selectGrants(db).where("g.id", "=", id).where(within(of, "g.namespace"))
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new VaultError(
    "grant.not_found",
    "There is no request of this id; list the pending grants for their ids",
  );
}

async function findPending(
  db: Queries,
  id: string,
  of: Pick<AdminCaller, "reach">,
): Promise<PendingGrantRow> {
  const row = await findGrant(db, id, of);
  if (row.status === "pending") return row;
  throw new VaultError(
    "grant.already_decided",
    "This request was decided already; delete it to have the agent ask anew",
    {
      details: { status: row.status },
    },
  );
}

function checkUnchanged(
  grant: PendingGrantRow,
  { requested_keys, updated_at, request_sha256 }: Pick<
    ApproveGrantRequest,
    "requested_keys" | "updated_at" | "request_sha256"
  >,
): void {
  const keys = readList(grant.requested_keys);
  const sameKeys = requested_keys === null || requested_keys === undefined || sameSet(keys, requested_keys);
  const sameTime = updated_at === null || updated_at === undefined ||
    updated_at === formatTimestamp(grant.updated_at);
  const sameDigest = request_sha256 === null || request_sha256 === undefined ||
    request_sha256 === requestDigest(grant);
  if (sameKeys && sameTime && sameDigest) return;
  throw new VaultError(
    "grant.changed",
    "The request asks for other names than you saw; look at it again, then decide",
    {
      details: { requested_keys: keys },
    },
  );
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const names = new Set(right);
  return names.size === new Set(left).size && left.every((name) => names.has(name));
}

function approvedKeys(grant: PendingGrantRow, { approved_keys }: ApproveGrantRequest): string[] {
  const requested = readList(grant.requested_keys);
  if (approved_keys === null || approved_keys === undefined) return requested;
  if (approved_keys.every((key) => requested.includes(key))) return [...new Set(approved_keys)].sort();
  throw new VaultError(
    "request.invalid",
    "Field 'approved_keys' has a key path that was not requested; leave it out",
    {
      details: { requested_keys: requested },
    },
  );
}

function decision(caller: AdminCaller, status: "approved" | "denied", at: number) {
  return { status, decided_at: at, decided_by: caller.name, updated_at: at };
}

function factsOf(grant: PendingGrantRow) {
  return {
    agentId: grant.agent_id,
    projectName: grant.project_name,
    namespace: grant.namespace,
    resourcePath: grant.id,
  };
}
