/**
 * What agents could read now, and what stands before the rest: the decisions of a release, asked without one. Nothing is
 * opened and nothing changes.
 */

import type { Selectable } from "kysely";
import type {
  PolicyTest,
  PolicyTestQuery,
  Reach,
  ReachBarrier,
  ReachedProject,
  ReachedSecret,
  ReachQuery,
} from "../../../shared/api/reach.ts";
import type { Clock, Instant } from "../../../shared/clock.ts";
import { approvalStates, type KeyState } from "../../access/approval.ts";
import { decidePath, policiesOfAgent, type Policy } from "../../access/policy.ts";
import type { AdminCaller } from "../../caller.ts";
import type { AgentTable, ProjectTable, Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import { type KnownGrant, loadGrants, loadHistory, loadPolicies } from "./access_facts.ts";
import { VaultError } from "../../../shared/errors.ts";
import { reaches } from "../../access/roles.ts";
import { findAgent } from "../agents/agent_rows.ts";
import type { ServiceDeps } from "../deps.ts";
import { namespacesWithin } from "../namespace_reach.ts";

/** More than a picture or a page can show. */
const MAX_PROJECTS = 200;

type Project = Pick<Selectable<ProjectTable>, "namespace" | "project_name" | "frozen_at">;
type Agent = Pick<Selectable<AgentTable>, "id" | "agent_id" | "frozen_at">;

export class ReachService {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor({ store, clock }: Pick<ServiceDeps, "store" | "clock">) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By namespace and name. */
  async read(caller: AdminCaller, wanted: ReachQuery): Promise<Reach> {
    const db = this.#store.reader;
    const now = this.#clock.now();
    const names = namespacesWithin(caller);
    let query = selectProjects(db, wanted);
    if (names !== undefined) query = query.where("p.namespace", "in", names);
    const rows = await query.execute();
    const policies = await loadPolicies(db);
    const projects: ReachedProject[] = [];
    for (const row of rows.slice(0, MAX_PROJECTS)) {
      projects.push(await reachedProject(db, row, policies, now));
    }
    return { projects, more: rows.length > MAX_PROJECTS };
  }

  /** May this agent read this secret for this project, and why? @throws VaultError `agent.not_found`, `agent.ambiguous` */
  async test(caller: AdminCaller, wanted: PolicyTestQuery): Promise<PolicyTest> {
    const db = this.#store.reader;
    const agent = await findAgent(db, wanted.agent_id, wanted.namespace, caller);
    const { namespace } = agent;
    if (!reaches(caller.reach, namespace)) {
      throw new VaultError("agent.not_found", "There is no agent of this id; list the agents for their ids");
    }
    const project = await db.selectFrom("projects").selectAll()
      .where("namespace", "=", namespace).where("project_name", "=", wanted.project).executeTakeFirst();
    const secret = await db.selectFrom("secrets").select("id")
      .where("namespace", "=", namespace).where("key_path", "=", wanted.key_path).executeTakeFirst();
    const key = { agentRef: agent.id, namespace, projectName: wanted.project };
    const grant = (await loadGrants(db, key)).find(({ keyPath }) => keyPath === wanted.key_path);
    const decision = decidePath(policiesOfAgent(await loadPolicies(db), agent.agent_id), wanted.key_path);
    const state = approvalStates(await loadHistory(db, key), [wanted.key_path], this.#clock.now())
      .get(wanted.key_path) ?? "undecided";
    const checks = [
      agentCheck(agent),
      projectCheck(project, agent),
      check("secret", secret !== undefined, secret === undefined ? "missing" : "stored"),
      check("grant", grant !== undefined, grantReason(grant), grant?.effectiveName),
      check("policy", decision.allowed, decision.allowed ? "allowed" : decision.reason, decision.policy),
      check("approval", state === "approved" && grant?.bound !== 1, approvalReason(state, grant)),
    ];
    return {
      allowed: checks.every(({ passes }) => passes),
      agent_id: agent.agent_id,
      namespace,
      project_name: wanted.project,
      key_path: wanted.key_path,
      checks,
    };
  }
}

type Check = PolicyTest["checks"][number];

function check(what: Check["check"], passes: boolean, reason: string, name: string | null = null): Check {
  return { check: what, passes, reason, name };
}

function agentCheck({ frozen_at }: Agent): Check {
  return check("agent", frozen_at === null, frozen_at === null ? "registered" : "frozen");
}

/** A project that is not there yet is made by the first token that is given for it. */
function projectCheck(project: Selectable<ProjectTable> | undefined, agent: Agent): Check {
  if (project === undefined) return check("project", true, "made_at_first_use");
  if (project.agent_ref !== null && project.agent_ref !== agent.id) {
    return check("project", false, "of_another_agent");
  }
  return check("project", project.frozen_at === null, project.frozen_at === null ? "active" : "frozen");
}

function grantReason(grant: KnownGrant | undefined): string {
  if (grant === undefined) return "missing";
  return grant.decoy === 1 ? "decoy" : "granted";
}

function approvalReason(state: KeyState, grant: KnownGrant | undefined): string {
  return grant?.bound === 1 ? "commands_only" : state;
}

function selectProjects(db: Queries, { namespace, agent_id, project }: ReachQuery) {
  let query = db.selectFrom("projects as p").leftJoin("agents as a", "a.id", "p.agent_ref")
    .select(["p.namespace", "p.project_name", "p.frozen_at"])
    .select(["a.id as agent_ref", "a.agent_id", "a.frozen_at as agent_frozen_at"])
    .orderBy("p.namespace").orderBy("p.project_name").limit(MAX_PROJECTS + 1);
  if (namespace !== undefined) query = query.where("p.namespace", "=", namespace);
  if (agent_id !== undefined) query = query.where("a.agent_id", "=", agent_id);
  if (project !== undefined) query = query.where("p.project_name", "=", project);
  return query;
}

interface FoundProject extends Project {
  readonly agent_ref: string | null;
  readonly agent_id: string | null;
  readonly agent_frozen_at: number | null;
}

async function reachedProject(
  db: Queries,
  row: FoundProject,
  policies: readonly Policy[],
  now: Instant,
): Promise<ReachedProject> {
  const { namespace, project_name, agent_ref, agent_id } = row;
  const grants = await loadGrants(db, { namespace, projectName: project_name });
  const applicable = policiesOfAgent(policies, agent_id ?? "");
  const history = agent_ref === null
    ? []
    : await loadHistory(db, { agentRef: agent_ref, namespace, projectName: project_name });
  const states = approvalStates(history, grants.map(({ keyPath }) => keyPath), now);
  const secrets = grants.map((grant): ReachedSecret => {
    const { allowed, policy } = decidePath(applicable, grant.keyPath);
    return {
      secret_id: grant.secretId,
      key_path: grant.keyPath,
      env_var_name: grant.effectiveName,
      is_honey_token: grant.decoy === 1,
      barrier: barrierOf(row) ?? (allowed ? barrierOfKey(grant, states) : "denied_by_policy"),
      policy,
    };
  });
  return { agent_id, project_name, namespace, frozen: row.frozen_at !== null, secrets };
}

function barrierOf({ agent_ref, agent_frozen_at, frozen_at }: FoundProject): ReachBarrier | undefined {
  if (agent_ref === null) return "no_agent";
  if (agent_frozen_at !== null) return "agent_frozen";
  return frozen_at === null ? undefined : "project_frozen";
}

function barrierOfKey(grant: KnownGrant, states: ReadonlyMap<string, KeyState>): ReachBarrier | null {
  if (grant.bound === 1) return "commands_only";
  const state = states.get(grant.keyPath) ?? "undecided";
  return state === "approved" ? null : state;
}
