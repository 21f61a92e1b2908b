/**
 * Which programs may act for an agent, as an admin says it. A role without entries lets every program in, so its last
 * entry goes only when the admin says that this is meant.
 */

import type {
  AllowCallerRequest,
  AllowedCallerSummary,
  RemovedCaller,
} from "../../../shared/api/allowed_callers.ts";
import { type CallerRole, MAX_ALLOWED_CALLERS } from "../../../shared/caller/allowed_callers.ts";
import { type Clock, formatTimestamp } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Store } from "../../store/store.ts";
import { type AgentRow, findAgent } from "./agent_rows.ts";
import type { AgentName } from "./agents.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

/** Which entry goes, and whether the last one may. */
export interface Removal {
  readonly sha256: string;
  readonly role: CallerRole;
  readonly allowAny: boolean;
}

export class AllowedCallerService {
  readonly #store: Pick<Store, "reader">;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** In the order in which they were added. @throws VaultError `agent.not_found`, `agent.ambiguous` */
  async list(caller: AdminCaller, { agentId, namespace }: AgentName): Promise<AllowedCallerSummary[]> {
    const agent = await findAgent(this.#store.reader, agentId, namespace, caller);
    const rows = await this.#store.reader.selectFrom("agent_callers").selectAll()
      .where("agent_ref", "=", agent.id).orderBy("created_at").orderBy("sha256").execute();
    return rows.map(({ sha256, role, label, created_at, created_by }) => ({
      sha256,
      role,
      label,
      created_at: formatTimestamp(created_at),
      created_by,
    }));
  }

  /** @throws VaultError `agent.not_found`, `allowlist.exists`, `request.invalid` for one too many */
  async add(
    caller: AdminCaller,
    name: AgentName,
    { sha256, label, role: asked }: AllowCallerRequest,
  ): Promise<AllowedCallerSummary> {
    const role = asked ?? "caller";
    const row = {
      sha256,
      role,
      label: label ?? null,
      created_at: this.#clock.now(),
      created_by: caller.name,
    };
    await this.#ledger.commit(async (tx) => {
      const agent = await this.#audited(tx, caller, { name, action: "allowed_caller_add", sha256, role });
      await checkRoom(tx, agent.id);
      const made = await tx.db.insertInto("agent_callers").values({ agent_ref: agent.id, ...row })
        .onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
      if (made.numInsertedOrUpdatedRows === 1n) return;
      throw new VaultError("allowlist.exists", "This program is on the list; remove it first to change it");
    });
    return { ...row, created_at: formatTimestamp(row.created_at) };
  }

  /** @throws VaultError `agent.not_found`, `allowlist.not_found`, `allowlist.last_entry` */
  remove(
    caller: AdminCaller,
    name: AgentName,
    { sha256, role, allowAny }: Removal,
  ): Promise<RemovedCaller> {
    return this.#ledger.commit(async (tx) => {
      const agent = await this.#audited(tx, caller, { name, action: "allowed_caller_remove", sha256, role });
      const rows = await tx.db.selectFrom("agent_callers").select("sha256")
        .where("agent_ref", "=", agent.id).where("role", "=", role).execute();
      if (!rows.some((row) => row.sha256 === sha256)) throw notListed();
      if (rows.length === 1 && !allowAny) throw isLast();
      await tx.db.deleteFrom("agent_callers").where("agent_ref", "=", agent.id)
        .where("role", "=", role).where("sha256", "=", sha256).execute();
      return { removed: true, enforced: rows.length > 1 };
    });
  }

  async #audited(
    tx: Tx,
    caller: AdminCaller,
    { name, action, sha256, role }: {
      readonly name: AgentName;
      readonly action: string;
      readonly sha256: string;
      readonly role: CallerRole;
    },
  ): Promise<AgentRow> {
    const agent = await findAgent(tx.db, name.agentId, name.namespace, caller);
    const { agent_id: agentId, namespace } = agent;
    await tx.audit(success(caller, action, { agentId, namespace, resourcePath: sha256, details: { role } }));
    return agent;
  }
}

async function checkRoom(tx: Tx, agentRef: string): Promise<void> {
  const rows = await tx.db.selectFrom("agent_callers").select("sha256").where("agent_ref", "=", agentRef)
    .execute();
  if (rows.length < MAX_ALLOWED_CALLERS) return;
  throw new VaultError(
    "request.invalid",
    `The agent has ${MAX_ALLOWED_CALLERS} programs on its list; remove those that are not used any more`,
  );
}

function notListed(): VaultError {
  return new VaultError("allowlist.not_found", "This program is not on the agent's list; list its callers");
}

function isLast(): VaultError {
  return new VaultError(
    "allowlist.last_entry",
    "This is the last program of its kind on the list, and without one any program may act for the agent",
  );
}
