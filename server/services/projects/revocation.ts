/** Ends what was issued: project tokens, access tokens of daemons, sessions. Always inside somebody's transaction. */

import type { Instant } from "../../../shared/clock.ts";
import type { Tx } from "../../audit/ledger.ts";

/** When and why something ended. */
export interface Stop {
  readonly at: Instant;
  readonly reason: string;
}

/** How many of each had been alive. */
export interface Ended {
  readonly projectTokens: number;
  readonly accessTokens: number;
  readonly sessions: number;
}

/** Ends every token of one project, or of all projects of an agent; gives how many were not ended before. */
export async function endProjectTokens(
  tx: Tx,
  of: { readonly projectRef: string } | { readonly agentRef: string },
  stop: Stop,
): Promise<number> {
  const query = tx.db.updateTable("project_tokens").set({ revoked_at: stop.at, revoked_reason: stop.reason })
    .where("revoked_at", "is", null);
  const result = "projectRef" in of
    ? await query.where("project_ref", "=", of.projectRef).executeTakeFirst()
    : await query.where(
      "project_ref",
      "in",
      tx.db.selectFrom("projects").select("id").where("agent_ref", "=", of.agentRef),
    ).executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Stops everything an agent can do; gives whether it was not frozen before. What it was frozen for first stays. */
export async function freezeAgent(tx: Tx, agentRef: string, { at, reason }: Stop): Promise<boolean> {
  const result = await tx.db.updateTable("agents")
    .set({ frozen_at: at, frozen_reason: reason, updated_at: at })
    .where("id", "=", agentRef).where("frozen_at", "is", null).executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Ends an agent's logins and sessions; a login that was approved and not yet fetched is void too. */
export async function endDaemons(tx: Tx, agentRef: string, stop: Stop): Promise<Ended> {
  const tokens = await tx.db.updateTable("access_tokens").set({ revoked_at: stop.at })
    .where("agent_ref", "=", agentRef).where("revoked_at", "is", null).executeTakeFirst();
  const sessions = await tx.db.updateTable("daemon_sessions")
    .set({ revoked_at: stop.at, revoked_reason: stop.reason })
    .where("agent_ref", "=", agentRef).where("revoked_at", "is", null).executeTakeFirst();
  await tx.db.updateTable("devices").set({ status: "revoked" })
    .where("agent_ref", "=", agentRef).where("status", "in", ["approved", "redeemed"]).execute();
  return {
    projectTokens: 0,
    accessTokens: Number(tokens.numUpdatedRows),
    sessions: Number(sessions.numUpdatedRows),
  };
}
