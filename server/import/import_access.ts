/** Who may do what: namespaces, agents, policies, projects, what people approved, and daemons that may attest. */

import { parsePublicKeyText } from "../../shared/crypto/public_key.ts";
import { VaultError } from "../../shared/errors.ts";
import { parseAgentId, parseProjectName } from "../../shared/names.ts";
import type { StoredRow } from "../store/snapshot.ts";
import { idFor, type ImportRun, type Landed, type RowOutcome } from "./import_run.ts";
import {
  AGENTS,
  ALLOWED_DAEMON_VERSIONS,
  type LegacyAgent,
  type LegacyAllowedDaemon,
  type LegacyApproval,
  type LegacyPolicy,
  type LegacyProject,
  NAMESPACES,
  PENDING_GRANTS,
  POLICIES,
  PROJECTS,
} from "./legacy_rows.ts";

export function importNamespaces(run: ImportRun): Promise<void> {
  return run.each("namespaces", NAMESPACES, (raw) => raw["name"], async ({ name: old, description }) => {
    const name = run.namespaceName(old);
    const made = await run.tx.db.insertInto("namespaces")
      .values({ name, description: description || null, created_at: run.sources.now })
      .onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
    if (made.numInsertedOrUpdatedRows !== 1n) return "existing";
    await run.audit("create_namespace", { namespace: name, resourcePath: name });
    return "imported";
  });
}

export function importAgents(run: ImportRun): Promise<void> {
  return run.each("agents", AGENTS, (raw) => raw["agent_id"], (row) => bringAgent(run, row));
}

async function bringAgent(run: ImportRun, row: LegacyAgent): Promise<RowOutcome> {
  const agentId = parseAgentId(row.agent_id);
  const key = parsePublicKeyText(row.agent_pub);
  if (key === undefined) {
    throw new VaultError("import.invalid", "Its public key is not sound; have it log in anew");
  }
  const namespace = await run.namespace(row.namespace);
  const existing = await run.tx.db.selectFrom("agents").select("id")
    .where("namespace", "=", namespace).where("agent_id", "=", agentId).executeTakeFirst();
  const id = existing?.id ?? await idFor(row.id, (other) => isTaken(run, "agents", other));
  run.agents.set(row.agent_id, { id, namespace });
  if (existing !== undefined) return "existing";
  await run.tx.db.insertInto("agents").values({
    id,
    namespace,
    agent_id: agentId,
    agent_pub: key,
    description: row.description || null,
    frozen_at: null,
    frozen_reason: null,
    created_at: run.instant(row.created_at),
    updated_at: run.sources.now,
  }).execute();
  await run.audit("create_agent", { agentId, namespace });
  return "imported";
}

export function importPolicies(run: ImportRun): Promise<void> {
  return run.each("policies", POLICIES, (raw) => raw["policy_name"], (row) => bringPolicy(run, row));
}

async function bringPolicy(run: ImportRun, row: LegacyPolicy): Promise<RowOutcome> {
  const made = await run.tx.db.insertInto("policies").values({
    id: await idFor(row.id, (other) => isTaken(run, "policies", other)),
    policy_name: row.policy_name,
    agent_pattern: row.agent_pattern,
    allowed_paths: JSON.stringify(row.allowed_paths),
    denied_paths: JSON.stringify(row.denied_paths),
    created_at: run.instant(row.created_at),
  }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) return "existing";
  await run.audit("create_policy", { resourcePath: row.policy_name });
  return "imported";
}

export function importProjects(run: ImportRun): Promise<void> {
  return run.each("projects", PROJECTS, (raw) => raw["project_name"], (row) => bringProject(run, row));
}

/** Without its token: the agent that it is bound to gets another one by asking. */
async function bringProject(run: ImportRun, row: LegacyProject): Promise<RowOutcome> {
  const projectName = parseProjectName(row.project_name);
  const namespace = await run.namespace(row.namespace);
  const agent = row.agent_id === null ? undefined : run.agents.get(row.agent_id);
  const made = await run.tx.db.insertInto("projects").values({
    id: await idFor(row.id, (other) => isTaken(run, "projects", other)),
    namespace,
    project_name: projectName,
    agent_ref: agent?.id ?? null,
    frozen_at: null,
    frozen_reason: null,
    created_at: run.instant(row.created_at),
    updated_at: run.sources.now,
  }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) return "existing";
  await run.audit("create_project", { projectName, namespace });
  return "imported";
}

/** What a person decided. What still waits is asked for again, so it is left behind. */
export function importApprovals(run: ImportRun): Promise<void> {
  const nameOf = (raw: StoredRow) => `${raw["project_name"]} (${raw["id"]})`;
  return run.each("approvals", PENDING_GRANTS, nameOf, (row) => bringApproval(run, row));
}

async function bringApproval(run: ImportRun, row: LegacyApproval): Promise<RowOutcome> {
  if (row.status !== "approved" && row.status !== "denied") return "left_behind";
  const projectName = parseProjectName(row.project_name);
  const agent = agentOf(run, row.agent_id);
  const namespace = await run.namespace(row.namespace);
  if (await isTaken(run, "pending_grants", row.id)) return "existing";
  await run.tx.db.insertInto("pending_grants").values({
    id: await idFor(row.id, async () => false),
    agent_ref: agent.id,
    namespace,
    project_name: projectName,
    requested_keys: JSON.stringify(row.requested_keys.toSorted()),
    approved_keys: row.approved_keys === null ? null : JSON.stringify(row.approved_keys.toSorted()),
    status: row.status,
    requested_at: run.instant(row.requested_at),
    updated_at: run.sources.now,
    decided_at: run.instant(row.decided_at),
    decided_by: row.decided_by ?? "admin",
    auto_approval_until: row.auto_approval_until === null ? null : run.instant(row.auto_approval_until),
    source_ip: row.source_ip,
  }).execute();
  const action = row.status === "approved" ? "pending_grant_approve" : "pending_grant_deny";
  await run.audit(action, { agentId: row.agent_id, projectName, namespace, resourcePath: row.id });
  return "imported";
}

function agentOf(run: ImportRun, agentId: string): Landed {
  const agent = run.agents.get(agentId);
  if (agent !== undefined) return agent;
  throw new VaultError("import.invalid", "Its agent was not brought over; approve it anew when it asks");
}

export function importAllowedDaemons(run: ImportRun): Promise<void> {
  return run.each(
    "allowed_daemons",
    ALLOWED_DAEMON_VERSIONS,
    (raw) => raw["binary_sha256"],
    (row) => bringAllowedDaemon(run, row),
  );
}

async function bringAllowedDaemon(run: ImportRun, row: LegacyAllowedDaemon): Promise<RowOutcome> {
  if (!/^[0-9a-f]{64}$/.test(row.binary_sha256)) {
    throw new VaultError("import.invalid", "It is not the SHA-256 of a binary; add it anew");
  }
  const made = await run.tx.db.insertInto("allowed_daemons").values({
    binary_sha256: row.binary_sha256,
    version: row.version,
    description: row.description || null,
    enabled: row.enabled === 0 ? 0 : 1,
    created_at: run.instant(row.created_at),
  }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) return "existing";
  await run.audit("allowed_daemon_version_add", { resourcePath: row.binary_sha256 });
  return "imported";
}

async function isTaken(
  run: ImportRun,
  table: "agents" | "policies" | "projects" | "pending_grants",
  id: string,
): Promise<boolean> {
  return await run.tx.db.selectFrom(table).select("id").where("id", "=", id).executeTakeFirst() !== undefined;
}
