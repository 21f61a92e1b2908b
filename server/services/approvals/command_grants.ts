/**
 * Decisions about requests for one command. The approver names the digest of what was shown: the request cannot have
 * changed, and an approval is for that or for less, never for more.
 */

import type { Selectable } from "kysely";
import type {
  ApproveCommandRequest,
  CommandGrantQuery,
  CommandGrantSummary,
} from "../../../shared/api/command_grants.ts";
import type { ApprovalSoFar } from "../../../shared/api/pending_grants.ts";
import { CommandBinding } from "../../../shared/api/command.ts";
import { type Clock, formatOptionalTimestamp, formatTimestamp, SECOND } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { CommandGrantTable, Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { readList } from "../json_columns.ts";
import { within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import { success } from "../success.ts";
import { approvalsSoFar, approvesNow, forgetApprovals } from "./two_people.ts";

type CommandGrantRow = Selectable<CommandGrantTable> & { readonly agent_id: string };

export class CommandGrantService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Newest first. */
  async list(caller: AdminCaller, wanted: CommandGrantQuery): Promise<Page<CommandGrantSummary>> {
    let query = selectGrants(this.#store.reader).where(within(caller, "g.namespace"));
    if (wanted.status !== undefined) query = query.where("g.status", "=", wanted.status);
    const page = await readPage(query, {
      by: ["g.requested_at", "g.id"],
      newestFirst: true,
      keyOf: (row) => [row.requested_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    const soFar = await approvalsSoFar(this.#store.reader, page.items.map(({ id }) => id));
    return page.map((row) => toSummary(row, soFar.get(row.id)));
  }

  /**
   * The request as it stands then: it may wait for a second person.
   * @throws VaultError `command.not_found`, `grant.already_decided`, `grant.changed`, `request.invalid`, `approval.*`
   */
  approve(caller: AdminCaller, id: string, request: ApproveCommandRequest): Promise<CommandGrantSummary> {
    return this.#ledger.commit(async (tx) => {
      const grant = await findPending(tx.db, id, caller);
      if (request.request_sha256 !== grant.request_sha256) throw anotherRequest();
      const terms = termsOf(grant, request);
      const now = this.#clock.now();
      const valid_until = now + terms.seconds * SECOND;
      const details = {
        approved_keys: terms.keys,
        requested_keys: readList(grant.requested_keys),
        request_sha256: grant.request_sha256,
        uses: terms.uses ?? "any number",
        valid_until: formatTimestamp(valid_until),
      };
      const approval = { requestId: id, namespace: grant.namespace, agentRef: grant.agent_ref, now };
      const common = [grant.request_sha256, terms.keys, terms.uses, terms.seconds];
      if (!await approvesNow(tx, caller, { ...approval, terms: common })) {
        const first = success(caller, "command_grant_approve_first", { ...factsOf(grant), details });
        await tx.audit({ ...first, status: "pending" });
        return toSummary(grant, (await approvalsSoFar(tx.db, [id])).get(id));
      }
      await tx.audit(success(caller, "command_grant_approve", { ...factsOf(grant), details }));
      await forgetApprovals(tx, id);
      await tx.db.updateTable("command_grants").set({
        ...decision(caller, "approved", now),
        approved_keys: JSON.stringify(terms.keys),
        uses_left: terms.uses,
        valid_until,
      }).where("id", "=", id).execute();
      return toSummary(await findGrant(tx.db, id, caller));
    });
  }

  /** @throws VaultError `command.not_found`, `grant.already_decided` */
  async deny(caller: AdminCaller, id: string): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      const grant = await findPending(tx.db, id, caller);
      await tx.audit({ ...success(caller, "command_grant_deny", factsOf(grant)), status: "denied" });
      await forgetApprovals(tx, id);
      await tx.db.updateTable("command_grants").set(decision(caller, "denied", this.#clock.now()))
        .where("id", "=", id).execute();
    });
  }

  /** Ends an approval, or takes a request off the list; it stays to be read. @throws VaultError `command.not_found` */
  async end(caller: AdminCaller, id: string): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      const grant = await findGrant(tx.db, id, caller);
      const facts = { ...factsOf(grant), details: { was: grant.status } };
      await tx.audit(success(caller, "command_grant_end", facts));
      await forgetApprovals(tx, id);
      await tx.db.updateTable("command_grants").set({ status: "ended" }).where("id", "=", id).execute();
    });
  }
}

interface Terms {
  readonly keys: readonly string[];
  readonly uses: number | null;
  readonly seconds: number;
}

/** What was asked, or less. @throws VaultError `request.invalid` for more */
function termsOf(grant: CommandGrantRow, request: ApproveCommandRequest): Terms {
  const requested = readList(grant.requested_keys);
  const keys = [...new Set(request.approved_keys ?? requested)].sort();
  if (!keys.every((key) => requested.includes(key))) throw more("approved_keys");
  const uses = request.uses ?? grant.uses_asked;
  if (grant.uses_asked !== null && (uses ?? Infinity) > grant.uses_asked) throw more("uses");
  const seconds = request.seconds ?? grant.seconds_asked;
  if (seconds > grant.seconds_asked) throw more("seconds");
  return { keys, uses, seconds };
}

function selectGrants(db: Queries) {
  return db.selectFrom("command_grants as g").innerJoin("agents as a", "a.id", "g.agent_ref")
    .selectAll("g").select("a.agent_id");
}

async function findGrant(db: Queries, id: string, of: Pick<AdminCaller, "reach">): Promise<CommandGrantRow> {
  const row = await selectGrants(db).where("g.id", "=", id).where(within(of, "g.namespace"))
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new VaultError(
    "command.not_found",
    "There is no request for a command of this id; list them for their ids",
  );
}

async function findPending(
  db: Queries,
  id: string,
  of: Pick<AdminCaller, "reach">,
): Promise<CommandGrantRow> {
  const row = await findGrant(db, id, of);
  if (row.status === "pending") return row;
  const message = "This request was decided already; have the agent ask anew";
  throw new VaultError("grant.already_decided", message, { details: { status: row.status } });
}

function decision(caller: AdminCaller, status: "approved" | "denied", at: number) {
  return { status, decided_at: at, decided_by: caller.name };
}

function anotherRequest(): VaultError {
  return new VaultError(
    "grant.changed",
    "This is not the request that you saw; look at it again, then decide",
  );
}

function more(field: string): VaultError {
  return new VaultError(
    "request.invalid",
    `Field '${field}' is more than was asked for; approve that or less`,
  );
}

function factsOf(grant: CommandGrantRow) {
  return {
    agentId: grant.agent_id,
    projectName: grant.project_name,
    namespace: grant.namespace,
    resourcePath: grant.id,
  };
}

function toSummary(row: CommandGrantRow, soFar: readonly ApprovalSoFar[] = []): CommandGrantSummary {
  return {
    id: row.id,
    status: row.status,
    agent_id: row.agent_id,
    project_name: row.project_name,
    namespace: row.namespace,
    requested_keys: readList(row.requested_keys),
    approved_keys: readList(row.approved_keys),
    binding: CommandBinding.parse(JSON.parse(row.binding)),
    request_sha256: row.request_sha256,
    note: row.note,
    uses_asked: row.uses_asked,
    seconds_asked: row.seconds_asked,
    uses_left: row.uses_left,
    valid_until: formatOptionalTimestamp(row.valid_until),
    used: row.used,
    last_used_at: formatOptionalTimestamp(row.last_used_at),
    requested_at: formatTimestamp(row.requested_at),
    decided_at: formatOptionalTimestamp(row.decided_at),
    decided_by: row.decided_by,
    source_ip: row.source_ip,
    hostname: row.hostname,
    approvals_so_far: soFar,
  };
}
