/** Approvals for one release: used up inside the transaction that releases what they open. */

import type { Instant } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import { onceApprovals } from "../../access/approval.ts";
import type { Tx } from "../../audit/ledger.ts";
import type { ProjectCaller, ProjectTokenFacts } from "../../caller.ts";
import type { Queries } from "../../store/schema.ts";
import { loadHistory } from "../projects/access_facts.ts";

type Holder = Pick<ProjectCaller, "agent" | "projectName"> & { readonly token: ProjectTokenFacts };

/** Those that a release of these grants rests on. */
export async function onceOf(
  db: Queries,
  { agent, projectName, token }: Holder,
  grants: readonly { readonly keyPath: string }[],
  now: Instant,
): Promise<readonly string[]> {
  const history = await loadHistory(db, { agentRef: agent.id, namespace: agent.namespace, projectName });
  return onceApprovals(history, grants.map(({ keyPath }) => keyPath), token.issuedAt, now);
}

/** Another release may have used one up since it was looked at. @throws VaultError `grant.denied` */
export async function spendOnce(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const spent = await tx.db.updateTable("pending_grants").set({ status: "expired" })
      .where("id", "=", id).where("status", "=", "approved").executeTakeFirst();
    if (spent.numUpdatedRows !== 1n) throw usedUp();
  }
}

function usedUp(): VaultError {
  return new VaultError(
    "grant.denied",
    "The approval for one release is used up; run this again to ask a person for another",
  );
}
