/**
 * The server's own look at the program that calls for an agent, at every request: the daemon reports it, and a daemon that
 * was changed can report what it likes. The list that it is held against is the one of this moment.
 */

import { type AllowedCaller, callerNotAllowed, refusedRole } from "../../../shared/caller/allowed_callers.ts";
import type { Caller } from "../../caller.ts";
import { PreparedQuery } from "../../store/prepared.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";

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
    const seen = { binarySha256, parents };
    const role = refusedRole(allowed, seen, allowedByHost);
    if (role !== undefined) throw callerNotAllowed(caller.agent.agent_id, role, seen);
  }
}
