/**
 * Whether a token that was good when its request came in still is: a freeze or a revocation can become durable while the
 * request is on its way. Asked once the row of the release is durable: what was stopped before that moment opens nothing.
 */

import { PreparedQuery } from "../store/prepared.ts";
import type { Queries } from "../store/schema.ts";
import { agentFrozen } from "./daemon_callers.ts";
import { invalidToken } from "./jwt.ts";
import { checkRevoked, projectFrozen } from "./project_callers.ts";

const HELD = new PreparedQuery((db, { id }: { readonly id: string }) =>
  db.selectFrom("project_tokens as t")
    .innerJoin("projects as p", "p.id", "t.project_ref")
    .innerJoin("agents as a", "a.id", "p.agent_ref")
    .select(["t.revoked_at", "p.frozen_at as project_frozen_at", "a.frozen_at as agent_frozen_at"])
    .where("t.id", "=", id)
);

/** @throws VaultError `token.invalid`, `token.revoked`, `agent.frozen`, `project.frozen` */
export async function checkStillHeld(db: Queries, tokenId: string): Promise<void> {
  const held = await HELD.first(db, { id: tokenId });
  if (held === undefined) throw invalidToken();
  checkRevoked(held);
  if (held.agent_frozen_at !== null) throw agentFrozen();
  if (held.project_frozen_at !== null) throw projectFrozen();
}
