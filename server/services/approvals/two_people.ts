/**
 * The rule of two people. Where a namespace has it, a request is approved only once two people have approved the very same
 * request on the very same terms. Nobody approves for an agent that they registered, changed or let in themselves, and
 * nobody in particular (the admin token) approves at all. A word counts only while its person may still give it. One is
 * enough to deny.
 */

import type { ApprovalSoFar } from "../../../shared/api/pending_grants.ts";
import { formatTimestamp, type Instant } from "../../../shared/clock.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { VaultError } from "../../../shared/errors.ts";
import { reaches, rightsOf } from "../../access/roles.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Tx } from "../../audit/ledger.ts";
import { findByEmail, rolesOf } from "../../identity/people.ts";
import type { Queries } from "../../store/schema.ts";

/** Of the names of people, see `AdminCaller.name`. */
const PERSON_PREFIX = /^person:/;

/** What is approved, and for whom. */
export interface ApprovalToGive {
  readonly requestId: string;
  readonly namespace: string;
  readonly agentRef: string;
  /** All that two approvals have to have in common, digests and numbers. */
  readonly terms: readonly unknown[];
  readonly now: Instant;
}

/**
 * Whether the request is approved now; else this person's word is kept, and another one's is waited for.
 * @throws VaultError `approval.person_required`, `approval.own_device`
 */
export async function approvesNow(
  tx: Tx,
  caller: AdminCaller,
  { requestId, namespace, agentRef, terms, now }: ApprovalToGive,
): Promise<boolean> {
  if (!await wantsTwo(tx.db, namespace)) return true;
  if (caller.authority.person === null) throw personRequired();
  if (await letIn(tx.db, agentRef, caller.name)) throw ownDevice();
  const word = { person: caller.name, terms_sha256: sha256Hex(JSON.stringify(terms)), given_at: now };
  await tx.db.insertInto("approvals_given").values({ request_ref: requestId, ...word })
    .onConflict((conflict) => conflict.columns(["request_ref", "person"]).doUpdateSet(word)).execute();
  const given = await tx.db.selectFrom("approvals_given").select("person")
    .where("request_ref", "=", requestId).where("terms_sha256", "=", word.terms_sha256)
    .where("person", "<>", caller.name).execute();
  for (const { person } of given) {
    if (await stillCounts(tx.db, person, { namespace, agentRef })) return true;
  }
  return false;
}

/** Words that were given are over with the decision. */
export async function forgetApprovals(tx: Tx, requestId: string): Promise<void> {
  await tx.db.deleteFrom("approvals_given").where("request_ref", "=", requestId).execute();
}

/** Who has approved requests that still wait, by request. */
export async function approvalsSoFar(
  db: Queries,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ApprovalSoFar[]>> {
  if (requestIds.length === 0) return new Map();
  const rows = await db.selectFrom("approvals_given").select(["request_ref", "person", "given_at"])
    .where("request_ref", "in", requestIds).orderBy("given_at").orderBy("person").execute();
  const byRequest = Map.groupBy(rows, ({ request_ref }) => request_ref);
  return new Map([...byRequest].map(([id, given]) => [
    id,
    given.map(({ person, given_at }) => ({ person, given_at: formatTimestamp(given_at) })),
  ]));
}

async function wantsTwo(db: Queries, namespace: string): Promise<boolean> {
  const row = await db.selectFrom("namespaces").select("two_people").where("name", "=", namespace)
    .executeTakeFirst();
  return row?.two_people === 1;
}

/** Whether a word that was given before would be taken now: its person was not shut out, and may still decide there. */
async function stillCounts(
  db: Queries,
  name: string,
  { namespace, agentRef }: Pick<ApprovalToGive, "namespace" | "agentRef">,
): Promise<boolean> {
  const person = await findByEmail(db, name.replace(PERSON_PREFIX, ""));
  if (person === undefined || person.disabled_at !== null) return false;
  const reach = rightsOf(rolesOf(person)).get("access.decide");
  return reach !== undefined && reaches(reach, namespace) && !await letIn(db, agentRef, name);
}

/** Whether this person let a device of the agent in, or gave the agent its key without one. */
async function letIn(db: Queries, agentRef: string, person: string): Promise<boolean> {
  const device = await db.selectFrom("devices").select("id").where("agent_ref", "=", agentRef)
    .where("decided_by", "=", person).where("status", "in", ["approved", "redeemed"]).executeTakeFirst();
  return device !== undefined || await changedAgent(db, agentRef, person);
}

/**
 * By the log, which says who registered and who changed an agent for as long as its rows are kept. The agent is looked up
 * for the few rows of such actions, not the other way round: an agent can have a million rows of reads.
 */
async function changedAgent(db: Queries, agentRef: string, person: string): Promise<boolean> {
  const row = await db.selectFrom("audit_log as l").select("l.seq")
    .where("l.action", "in", ["create_agent", "update_agent"])
    .where("l.principal", "=", person).where("l.status", "=", "success")
    .where((eb) =>
      eb.exists(
        eb.selectFrom("agents as a").select("a.id").where("a.id", "=", agentRef)
          .whereRef("a.agent_id", "=", "l.agent_id").whereRef("a.namespace", "=", "l.namespace"),
      )
    ).limit(1).executeTakeFirst();
  return row !== undefined;
}

function personRequired(): VaultError {
  return new VaultError(
    "approval.person_required",
    "Two people have to approve in this namespace; sign in as yourself, the admin token is nobody in particular",
  );
}

function ownDevice(): VaultError {
  return new VaultError(
    "approval.own_device",
    "You let this agent or its device in yourself; in this namespace two other people have to approve",
  );
}
