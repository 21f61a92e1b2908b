/**
 * `POST /agent/explain`: what an agent may do now in a project, name by name, and why not where not. Made by the very
 * decisions that discover and the release of a run use, so that what it says is what happens. It tells an agent of
 * grants and of its own approvals; it opens nothing, changes nothing, and asks nobody.
 */

import type {
  ExplainAnswer,
  ExplainedCommand,
  ExplainedName,
  ExplainRequest,
  NameState,
} from "../../../shared/api/command_grants.ts";
import { CommandBinding, type CommandFacts } from "../../../shared/api/command.ts";
import { mismatches } from "../../../shared/command/binding.ts";
import { type Clock, formatOptionalTimestamp } from "../../../shared/clock.ts";
import { parseProjectName } from "../../../shared/names.ts";
import { type AccessRequest, approvalStates } from "../../access/approval.ts";
import { type CommandKeys, commandKeys } from "../../access/command_keys.ts";
import { deliveryRefusal, FOR_A_RUN } from "../../access/delivery.ts";
import { isDeliverable } from "../../access/mapping.ts";
import { decidePath, policiesOfAgent, type Policy } from "../../access/policy.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AgentCaller } from "../../caller.ts";
import {
  type AccessKey,
  type KnownGrant,
  loadCommandGrants,
  loadGrants,
  loadHistory,
  loadPolicies,
} from "./access_facts.ts";
import { alarmForNames } from "../release/decoys.ts";
import type { ServiceDeps } from "../deps.ts";
import { readList } from "../json_columns.ts";
import { success } from "../success.ts";

/** Everything that decides about a name. */
interface Facts {
  readonly policies: readonly Policy[];
  readonly history: readonly AccessRequest[];
  readonly waiting: ReadonlySet<string>;
  readonly commands: CommandKeys;
  readonly now: number;
}

export class ExplainService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ ledger, clock }: ServiceDeps) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws VaultError `request.invalid`, `proof.invalid` for a decoy */
  async explain(caller: AgentCaller, request: ExplainRequest): Promise<ExplainAnswer> {
    const projectName = parseProjectName(request.project_name);
    const { id: agentRef, namespace, agent_id } = caller.agent;
    const key = { agentRef, namespace, projectName };
    const outcome = await this.#ledger.commit(async (tx) => {
      const now = this.#clock.now();
      const grants = await loadGrants(tx.db, key);
      const named = { projectName, names: request.names ?? [], grants, now };
      const alarm = await alarmForNames(tx, caller, named);
      if (alarm !== undefined) return { alarm };
      await tx.audit(success(caller, "explain", {
        agentId: agent_id,
        projectName,
        namespace,
        resourcePath: projectName,
      }));
      return { answer: await this.#answer(tx, caller, key, { request, grants, now }) };
    });
    if (outcome.alarm !== undefined) throw outcome.alarm;
    return outcome.answer;
  }

  async #answer(
    tx: Tx,
    caller: AgentCaller,
    key: AccessKey,
    { request, grants, now }: {
      readonly request: ExplainRequest;
      readonly grants: readonly KnownGrant[];
      readonly now: number;
    },
  ): Promise<ExplainAnswer> {
    const history = await loadHistory(tx.db, key);
    const waiting = history.filter(({ status }) => status === "pending").flatMap((open) =>
      open.requestedKeys
    );
    const facts = {
      policies: policiesOfAgent(await loadPolicies(tx.db), caller.agent.agent_id),
      history,
      waiting: new Set(waiting),
      commands: commandKeys(await loadCommandGrants(tx.db, key), now, request.command),
      now,
    };
    return {
      agent_id: caller.agent.agent_id,
      namespace: key.namespace,
      project_name: key.projectName,
      blocked: await whatBlocks(tx, key),
      names: explainNames(request.names, grants, facts),
      commands: await listCommands(tx, key, grants, { command: request.command, now }),
    };
  }
}

/** Decoys are in no list of what there is. */
function explainNames(
  names: readonly string[] | null,
  grants: readonly KnownGrant[],
  facts: Facts,
): ExplainedName[] {
  const byName = new Map(grants.map((grant) => [grant.effectiveName, grant]));
  const listed = grants.filter(({ decoy }) => decoy !== 1).map(({ effectiveName }) => effectiveName).sort();
  return [...new Set(names ?? listed)].map((name) => {
    const grant = byName.get(name.toUpperCase());
    if (grant === undefined) return { name, state: "not_granted", delivery: null, by_command: false };
    const state = stateOf(grant, facts);
    const by_command = state === "released" && !restsOnProject(grant, facts);
    return { name, state, delivery: isDeliverable(grant) ? grant.delivery : null, by_command };
  });
}

/** The order is that of a run: policy, delivery, command, approval. */
function stateOf(grant: KnownGrant, facts: Facts): NameState {
  const { keyPath, bound } = grant;
  if (!decidePath(facts.policies, keyPath).allowed) return "denied_by_policy";
  const refusal = deliveryRefusal(grant, FOR_A_RUN);
  if (refusal !== undefined && refusal !== "delivery_file") return refusal;
  if (restsOnProject(grant, facts) || facts.commands.present.has(keyPath)) return "released";
  if (facts.commands.any.has(keyPath)) return "other_command";
  if (bound === 1) return "needs_request";
  const state = approvalStates(facts.history, [keyPath], facts.now).get(keyPath);
  if (state === "denied" || state === "not_approved") return state;
  return facts.waiting.has(keyPath) ? "waiting" : "unasked";
}

function restsOnProject({ keyPath, bound }: KnownGrant, { history, now }: Facts): boolean {
  return bound !== 1 && approvalStates(history, [keyPath], now).get(keyPath) === "approved";
}

async function whatBlocks(tx: Tx, { agentRef, namespace, projectName }: AccessKey): Promise<string | null> {
  const project = await tx.db.selectFrom("projects").select(["agent_ref", "frozen_at"])
    .where("namespace", "=", namespace).where("project_name", "=", projectName).executeTakeFirst();
  if (project === undefined) return null;
  if (project.agent_ref !== null && project.agent_ref !== agentRef) return "project_agent_mismatch";
  return project.frozen_at === null ? null : "project_frozen";
}

/** Approvals that count and requests that wait, of this agent. */
async function listCommands(
  tx: Tx,
  { agentRef, namespace, projectName }: AccessKey,
  grants: readonly KnownGrant[],
  { command, now }: { readonly command: CommandFacts | null; readonly now: number },
): Promise<ExplainedCommand[]> {
  const rows = await tx.db.selectFrom("command_grants").selectAll()
    .where("agent_ref", "=", agentRef).where("namespace", "=", namespace)
    .where("project_name", "=", projectName).where("status", "in", ["pending", "approved"])
    .orderBy("requested_at").orderBy("id").execute();
  const names = new Map(grants.map(({ keyPath, effectiveName }) => [keyPath, effectiveName]));
  const counts = ({ status, valid_until, uses_left }: typeof rows[number]) =>
    status === "pending" || (valid_until ?? 0) > now && uses_left !== 0;
  return rows.filter(counts).map((row) => {
    const binding = CommandBinding.parse(JSON.parse(row.binding));
    return {
      id: row.id,
      status: row.status === "approved" ? "approved" : "pending",
      names: readList(row.approved_keys ?? row.requested_keys).map((key) => names.get(key) ?? key),
      binding,
      uses_left: row.status === "approved" ? row.uses_left : row.uses_asked,
      valid_until: formatOptionalTimestamp(row.valid_until),
      differs: command === null ? null : [...mismatches(binding, command)],
    };
  });
}
