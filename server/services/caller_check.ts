/**
 * The server's own look at the program that calls for an agent, at every request: the daemon reports it, and a daemon that
 * was changed can report what it likes. The list that it is held against is the one of this moment.
 */

import { type AllowedCaller, type CallerRole, refusedRole } from "../../shared/caller/allowed_callers.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Caller } from "../caller.ts";
import { PreparedQuery } from "../store/prepared.ts";
import type { Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";

const ALLOWED = new PreparedQuery((db, { agentRef }: { readonly agentRef: string }) =>
  db.selectFrom("agent_callers").select(["sha256", "role"]).where("agent_ref", "=", agentRef)
);

/** The programs that may act for an agent. */
export function allowedCallers(db: Queries, agentRef: string): Promise<readonly AllowedCaller[]> {
  return ALLOWED.run(db, { agentRef });
}

export class CallerCheck {
  readonly #store: Pick<Store, "reader">;

  constructor({ store }: { readonly store: Pick<Store, "reader"> }) {
    this.#store = store;
  }

  /** Others than agents and holders of project tokens pass. @throws VaultError `client.caller_not_allowed` */
  async check(caller: Caller): Promise<void> {
    if (caller.kind !== "agent" && caller.kind !== "project") return;
    const allowed = await allowedCallers(this.#store.reader, caller.agent.id);
    if (allowed.length === 0) return;
    const { binarySha256, parents = [], allowedByHost = false } = caller.origin.caller;
    const role = refusedRole(allowed, { binarySha256, parents }, allowedByHost);
    if (role !== undefined) throw notAllowed(caller.agent.agent_id, role, binarySha256);
  }
}

/** The hash goes out as a detail: it is the caller's own. */
function notAllowed(agentId: string, role: CallerRole, sha256: string | undefined): VaultError {
  const what = role === "caller"
    ? "The program that called is not"
    : "No program above the one that called is";
  const message =
    `${what} on the list of agent ${agentId}; an admin adds to it with cortex admin agents callers add`;
  return new VaultError("client.caller_not_allowed", message, {
    details: { agent_id: agentId, role, sha256: sha256 ?? null },
  });
}
