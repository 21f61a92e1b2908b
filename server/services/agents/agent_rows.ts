/** Agents by their name, which more than one namespace may hold. */

import type { Selectable } from "kysely";
import { VaultError } from "../../../shared/errors.ts";
import type { AdminCaller } from "../../caller.ts";
import type { AgentTable, Queries } from "../../store/schema.ts";
import { within } from "../namespace_reach.ts";

export type AgentRow = Selectable<AgentTable>;

/**
 * The one agent of a name, in the given namespace or in any that the caller reaches.
 * @throws VaultError `agent.not_found`, `agent.ambiguous`
 */
export async function findAgent(
  db: Queries,
  agentId: string,
  namespace: string | undefined,
  of: Pick<AdminCaller, "reach">,
): Promise<AgentRow> {
  let query = db.selectFrom("agents").selectAll().where("agent_id", "=", agentId)
    .where(within(of, "namespace")).limit(2);
  if (namespace !== undefined) query = query.where("namespace", "=", namespace);
  const [row, other] = await query.execute();
  if (row === undefined) {
    throw new VaultError("agent.not_found", "There is no agent of this id; list the agents for their ids");
  }
  if (other === undefined) return row;
  throw new VaultError(
    "agent.ambiguous",
    "Several namespaces have an agent of this id; say which by ?namespace= in the address",
  );
}

/** Asked inside works: authentication read before, and what was frozen since then counts. */
export async function isAgentFrozen(db: Queries, agentRef: string): Promise<boolean> {
  const agent = await db.selectFrom("agents").select("frozen_at").where("id", "=", agentRef)
    .executeTakeFirst();
  return agent !== undefined && agent.frozen_at !== null;
}
