/** Registered agents: their public keys, and whether they may work at all. */

import { sql, type Updateable } from "kysely";
import type {
  AgentListQuery,
  AgentSummary,
  CreateAgentRequest,
  UpdateAgentRequest,
} from "../../../shared/api/agents.ts";
import { type Clock, formatOptionalTimestamp, formatTimestamp, type Instant } from "../../../shared/clock.ts";
import { keyFingerprint } from "../../../shared/crypto/ed25519.ts";
import { parsePublicKeyText } from "../../../shared/crypto/public_key.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseAgentId } from "../../../shared/names.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import { isUniqueViolation } from "../../store/faults.ts";
import type { AgentTable } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import { type AgentRow, findAgent } from "./agent_rows.ts";
import type { ServiceDeps } from "../deps.ts";
import { ensureNamespace, namespaceOf } from "../namespaces.ts";
import { checkWithin, within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import { endDaemons, type Ended, endProjectTokens } from "../projects/revocation.ts";
import { lastUseBy } from "../secrets/secret_uses.ts";
import { success } from "../success.ts";

/** An agent as an address names it. */
export interface AgentName {
  readonly agentId: string;
  readonly namespace: string | undefined;
}

export interface CreatedAgent {
  readonly id: string;
  readonly agent_id: string;
  readonly namespace: string;
}

export class AgentService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** In the order in which they were registered. */
  async list(caller: AdminCaller, wanted: AgentListQuery): Promise<Page<AgentSummary>> {
    const { namespace, agent_id, search } = wanted;
    let query = this.#store.reader.selectFrom("agents").selectAll().where(within(caller, "namespace"));
    if (namespace !== undefined) query = query.where("namespace", "=", namespace);
    if (agent_id !== undefined) query = query.where("agent_id", "=", agent_id);
    if (search !== undefined) {
      query = query.where(
        sql<boolean>`instr(lower(agent_id || ' ' || coalesce(description, '')), lower(${search})) > 0`,
      );
    }
    const page = await readPage(query, {
      by: ["created_at", "id"],
      keyOf: (row) => [row.created_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    const used = new Map<string, Instant | null>();
    for (const row of page.items) used.set(row.id, await lastUseBy(this.#store.reader, row));
    return page.map((row) => toSummary(row, used.get(row.id) ?? null));
  }

  /** @throws VaultError `agent.exists`, `request.invalid` */
  async create(caller: AdminCaller, request: CreateAgentRequest): Promise<CreatedAgent> {
    const agentId = parseAgentId(request.agent_id, "agent_id");
    const namespace = namespaceOf(request.namespace);
    checkWithin(caller, namespace);
    const now = this.#clock.now();
    const row = {
      id: randomUuid(),
      namespace,
      agent_id: agentId,
      agent_pub: publicKeyOf(request.agent_pub),
      description: request.description || null,
      frozen_at: null,
      frozen_reason: null,
      created_at: now,
      updated_at: now,
    };
    await this.#ledger.commit(async (tx) => {
      const details = { fingerprint: keyFingerprint(row.agent_pub) };
      await tx.audit(success(caller, "create_agent", { agentId, namespace, details }));
      await ensureNamespace(tx, namespace, now);
      await insertAgent(tx, row);
    });
    return { id: row.id, agent_id: agentId, namespace };
  }

  /** A new key ends every login and session made with the old one. @throws VaultError `agent.not_found` */
  update(caller: AdminCaller, name: AgentName, request: UpdateAgentRequest): Promise<Ended> {
    const changes = changesOf(request);
    return this.#change(caller, name, "update_agent", async (tx, agent) => {
      const ended = changes.agent_pub === undefined
        ? NOTHING_ENDED
        : await endDaemons(tx, agent.id, this.#stop("key_changed"));
      await this.#set(tx, agent, changes);
      return ended;
    });
  }

  /** Its tokens, logins and sessions end; its projects wait for another agent. @throws VaultError `agent.not_found` */
  delete(caller: AdminCaller, name: AgentName): Promise<Ended> {
    return this.#change(caller, name, "delete_agent", async (tx, agent) => {
      const stop = this.#stop("agent_deleted");
      const projectTokens = await endProjectTokens(tx, { agentRef: agent.id }, stop);
      const ended = await endDaemons(tx, agent.id, stop);
      await tx.db.deleteFrom("agents").where("id", "=", agent.id).execute();
      return { ...ended, projectTokens };
    });
  }

  /** Nothing of the agent passes until it is unfrozen; gives whether it was frozen before. */
  freeze(caller: AdminCaller, name: AgentName, reason: string | null): Promise<boolean> {
    return this.#change(caller, name, "freeze_agent", async (tx, agent) => {
      if (agent.frozen_at !== null) return true;
      await this.#set(tx, agent, {
        frozen_at: this.#clock.now(),
        frozen_reason: reason ?? "frozen by the admin",
      });
      await raiseEvent(tx, this.#clock.now(), {
        kind: "agent_frozen",
        namespace: agent.namespace,
        agentId: agent.agent_id,
        sourceIp: caller.origin.sourceIp,
        facts: { reason: "frozen by the admin" },
      });
      return false;
    });
  }

  /** Gives whether it was frozen. */
  unfreeze(caller: AdminCaller, name: AgentName): Promise<boolean> {
    return this.#change(caller, name, "unfreeze_agent", async (tx, agent) => {
      await this.#set(tx, agent, { frozen_at: null, frozen_reason: null });
      return agent.frozen_at !== null;
    });
  }

  async #change<T>(
    caller: AdminCaller,
    { agentId, namespace }: AgentName,
    action: string,
    work: (tx: Tx, agent: AgentRow) => Promise<T>,
  ): Promise<T> {
    return await this.#ledger.commit(async (tx) => {
      const agent = await findAgent(tx.db, agentId, namespace, caller);
      await tx.audit(success(caller, action, { agentId: agent.agent_id, namespace: agent.namespace }));
      return await work(tx, agent);
    });
  }

  async #set(tx: Tx, agent: AgentRow, changes: Updateable<AgentTable>): Promise<void> {
    await tx.db.updateTable("agents").set({ ...changes, updated_at: this.#clock.now() })
      .where("id", "=", agent.id).execute();
  }

  #stop(reason: string) {
    return { at: this.#clock.now(), reason };
  }
}

const NOTHING_ENDED: Ended = { projectTokens: 0, accessTokens: 0, sessions: 0 };

/** @throws VaultError `request.invalid` */
function publicKeyOf(text: string): Uint8Array<ArrayBuffer> {
  const key = parsePublicKeyText(text);
  if (key !== undefined) return key;
  const message =
    "Field 'agent_pub' is not a sound Ed25519 public key; take the line that 'cortex gen-key' prints";
  throw new VaultError("request.invalid", message);
}

function changesOf({ agent_pub, description }: UpdateAgentRequest): Updateable<AgentTable> {
  return {
    ...(agent_pub === null || agent_pub === undefined ? {} : { agent_pub: publicKeyOf(agent_pub) }),
    ...(description === null || description === undefined ? {} : { description: description || null }),
  };
}

async function insertAgent(tx: Tx, row: AgentRow): Promise<void> {
  try {
    await tx.db.insertInto("agents").values(row).execute();
  } catch (error) {
    if (!isUniqueViolation(error, "agents.namespace, agents.agent_id")) throw error;
    const message =
      "An agent of this id exists in this namespace; change its key with PUT, or choose another id";
    throw new VaultError("agent.exists", message);
  }
}

function toSummary(row: AgentRow, lastUsedAt: Instant | null): AgentSummary {
  return {
    id: row.id,
    agent_id: row.agent_id,
    description: row.description,
    namespace: row.namespace,
    created_at: formatTimestamp(row.created_at),
    updated_at: formatTimestamp(row.updated_at),
    last_used_at: formatOptionalTimestamp(lastUsedAt),
    has_pubkey: true,
    fingerprint: keyFingerprint(row.agent_pub),
    frozen_at: formatOptionalTimestamp(row.frozen_at),
    frozen_reason: row.frozen_reason,
  };
}
