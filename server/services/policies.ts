/** Policies: which agents may be given which key paths, over and above grants. */

import type { Selectable, Updateable } from "kysely";
import type { PageQuery } from "../../shared/api/page.ts";
import type { CreatePolicyRequest, PolicySummary, UpdatePolicyRequest } from "../../shared/api/policies.ts";
import { type Clock, formatTimestamp } from "../../shared/clock.ts";
import { randomUuid } from "../../shared/crypto/random.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Ledger } from "../audit/ledger.ts";
import type { AdminCaller } from "../caller.ts";
import { isUniqueViolation } from "../store/faults.ts";
import type { PolicyTable } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { ServiceDeps } from "./deps.ts";
import { readList } from "./json_columns.ts";
import { isTimeKey, type Page, readPage } from "./paging.ts";
import { success } from "./success.ts";

export class PolicyService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  async list(_caller: AdminCaller, wanted: PageQuery): Promise<Page<PolicySummary>> {
    const page = await readPage(this.#store.reader.selectFrom("policies").selectAll(), {
      by: ["created_at", "id"],
      keyOf: (row) => [row.created_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    return page.map(toSummary);
  }

  /** @throws VaultError `policy.exists` */
  async create(
    caller: AdminCaller,
    request: CreatePolicyRequest,
  ): Promise<{ id: string; policy_name: string }> {
    const row = {
      id: randomUuid(),
      policy_name: request.policy_name,
      agent_pattern: request.agent_pattern,
      allowed_paths: JSON.stringify(request.allowed_paths),
      denied_paths: JSON.stringify(request.denied_paths ?? []),
      on_leak: request.on_leak ?? "notify",
      allow_unredacted: request.allow_unredacted === true ? 1 : 0,
      created_at: this.#clock.now(),
    };
    await this.#ledger.commit(async (tx) => {
      await tx.audit(
        success(caller, "create_policy", { resourcePath: row.policy_name, details: namesOf(request) }),
      );
      await orExists(tx.db.insertInto("policies").values(row).execute());
    });
    return { id: row.id, policy_name: row.policy_name };
  }

  /** @throws VaultError `policy.not_found`, `policy.exists` */
  async update(caller: AdminCaller, id: string, request: UpdatePolicyRequest): Promise<void> {
    const changes = changesOf(request);
    await this.#ledger.commit(async (tx) => {
      await tx.audit(success(caller, "update_policy", { resourcePath: id, details: namesOf(request) }));
      const row = await tx.db.selectFrom("policies").select("id").where("id", "=", id).executeTakeFirst();
      if (row === undefined) throw policyNotFound();
      if (Object.keys(changes).length === 0) return;
      await orExists(tx.db.updateTable("policies").set(changes).where("id", "=", id).execute());
    });
  }

  /** @throws VaultError `policy.not_found` */
  async delete(caller: AdminCaller, id: string): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      await tx.audit(success(caller, "delete_policy", { resourcePath: id }));
      const result = await tx.db.deleteFrom("policies").where("id", "=", id).executeTakeFirst();
      if (result.numDeletedRows === 0n) throw policyNotFound();
    });
  }
}

async function orExists(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isUniqueViolation(error, "policies.policy_name")) throw error;
    throw new VaultError(
      "policy.exists",
      "A policy of this name exists; change it with PUT, or choose another name",
    );
  }
}

/** What a policy said from now on belongs into the log: patterns are names, not values. */
function namesOf(request: UpdatePolicyRequest) {
  const { policy_name, agent_pattern, allowed_paths, denied_paths, on_leak, allow_unredacted } = request;
  return {
    ...(on_leak === null || on_leak === undefined ? {} : { on_leak }),
    ...(allow_unredacted === null || allow_unredacted === undefined ? {} : { allow_unredacted }),
    policy_name: policy_name ?? null,
    agent_pattern: agent_pattern ?? null,
    allowed_paths: allowed_paths ?? null,
    denied_paths: denied_paths ?? null,
  };
}

function changesOf(request: UpdatePolicyRequest): Updateable<PolicyTable> {
  const { policy_name, agent_pattern, allowed_paths, denied_paths, on_leak, allow_unredacted } = request;
  return {
    ...(on_leak === null || on_leak === undefined ? {} : { on_leak }),
    ...(allow_unredacted === null || allow_unredacted === undefined
      ? {}
      : { allow_unredacted: allow_unredacted ? 1 : 0 }),
    ...(policy_name === null || policy_name === undefined ? {} : { policy_name }),
    ...(agent_pattern === null || agent_pattern === undefined ? {} : { agent_pattern }),
    ...(allowed_paths === null || allowed_paths === undefined
      ? {}
      : { allowed_paths: JSON.stringify(allowed_paths) }),
    ...(denied_paths === null || denied_paths === undefined
      ? {}
      : { denied_paths: JSON.stringify(denied_paths) }),
  };
}

function policyNotFound(): VaultError {
  return new VaultError(
    "policy.not_found",
    "There is no policy with this id; list the policies for their ids",
  );
}

function toSummary(row: Selectable<PolicyTable>): PolicySummary {
  return {
    id: row.id,
    policy_name: row.policy_name,
    agent_pattern: row.agent_pattern,
    allowed_paths: readList(row.allowed_paths),
    denied_paths: readList(row.denied_paths),
    on_leak: row.on_leak,
    allow_unredacted: row.allow_unredacted === 1,
    created_at: formatTimestamp(row.created_at),
  };
}
