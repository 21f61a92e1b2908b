/**
 * Requests for access that wait for a person. One open request per agent and project, which grows (lesson A21); keys are
 * key paths.
 */

import { HOUR, type Instant } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { ApprovalDecision } from "../../access/approval.ts";
import type { Tx } from "../../audit/ledger.ts";
import type { AgentCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { AccessKey } from "../projects/access_facts.ts";
import { success } from "../success.ts";

/** Projects that one agent may have waiting; each is a line that a person has to read (lesson B24). */
const MAX_OPEN_REQUESTS = 50;

export interface RequestToRecord {
  readonly asked: AccessKey;
  readonly decision: Extract<ApprovalDecision, { kind: "pending" }>;
  readonly now: Instant;
}

/** Stores or widens the request and gives the refusal that tells of it. @throws VaultError `request.rate_limited` */
export async function recordRequest(
  tx: Tx,
  caller: AgentCaller,
  request: RequestToRecord,
): Promise<VaultError> {
  const { asked, decision } = request;
  const id = decision.extends?.id ?? await insertRequest(tx, caller, request);
  if (decision.extends !== null && decision.grows) await widenRequest(tx, caller, id, request);
  if (decision.grows) await tellPeople(tx, caller, id, request);
  await tx.audit({
    ...success(caller, decision.grows ? "discover_pending_new" : "discover_pending_existing", {
      agentId: caller.agent.agent_id,
      projectName: asked.projectName,
      namespace: asked.namespace,
      resourcePath: asked.projectName,
      details: { grant_id: id, keys: decision.requestedKeys },
    }),
    status: "pending",
  });
  return pendingApproval(caller, asked, id, decision);
}

function pendingApproval(
  caller: AgentCaller,
  asked: AccessKey,
  id: string,
  decision: RequestToRecord["decision"],
): VaultError {
  const message =
    "Access waits for a person's approval; ask an admin to approve the grant, then run this again";
  return new VaultError("grant.pending", message, {
    details: {
      grant_id: id,
      requested_keys: decision.requestedKeys,
      agent_id: caller.agent.agent_id,
      project_name: asked.projectName,
      namespace: asked.namespace,
      approved_keys: decision.approved,
    },
  });
}

async function insertRequest(tx: Tx, caller: AgentCaller, request: RequestToRecord): Promise<string> {
  const { asked, decision, now } = request;
  await checkRoom(tx, asked.agentRef);
  const id = randomUuid();
  await tx.db.insertInto("pending_grants").values({
    id,
    agent_ref: asked.agentRef,
    namespace: asked.namespace,
    project_name: asked.projectName,
    requested_keys: JSON.stringify(decision.requestedKeys),
    approved_keys: null,
    status: "pending",
    requested_at: now,
    updated_at: now,
    decided_at: null,
    decided_by: null,
    auto_approval_until: null,
    source_ip: caller.origin.sourceIp,
    asked_from: JSON.stringify(caller.origin.caller),
  }).execute();
  return id;
}

/** At most once an hour for each request: an agent that asks for one name after another fills no channel (lesson B24). */
async function tellPeople(tx: Tx, caller: AgentCaller, id: string, request: RequestToRecord): Promise<void> {
  const { asked: { namespace, projectName }, decision, now } = request;
  const { agent_id: agentId } = caller.agent;
  const told = await tx.db.selectFrom("events").select("id")
    .where("agent_id", "=", agentId).where("kind", "=", "access_pending")
    .where("namespace", "=", namespace).where("project_name", "=", projectName)
    .where("resource_path", "=", id).where("raised_at", ">", now - HOUR).executeTakeFirst();
  if (told !== undefined) return;
  await raiseEvent(tx, now, {
    kind: "access_pending",
    namespace,
    agentId,
    projectName,
    resourcePath: id,
    sourceIp: caller.origin.sourceIp,
    facts: { grant_id: id, keys: decision.requestedKeys.length },
  });
}

async function widenRequest(
  tx: Tx,
  caller: AgentCaller,
  id: string,
  { decision, now }: RequestToRecord,
): Promise<void> {
  const asked_from = JSON.stringify(caller.origin.caller);
  await tx.db.updateTable("pending_grants")
    .set({ requested_keys: JSON.stringify(decision.requestedKeys), asked_from, updated_at: now })
    .where("id", "=", id).execute();
}

async function checkRoom(tx: Tx, agentRef: string): Promise<void> {
  const { open } = await tx.db.selectFrom("pending_grants").select(({ fn }) =>
    fn.countAll<number>().as("open")
  )
    .where("agent_ref", "=", agentRef).where("status", "=", "pending").executeTakeFirstOrThrow();
  if (open < MAX_OPEN_REQUESTS) return;
  const message = "This agent has too many requests waiting; have some of them decided first";
  throw new VaultError("request.rate_limited", message, { retryAfter: 60 });
}
