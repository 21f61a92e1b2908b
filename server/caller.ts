/**
 * Who is calling, as authentication established it. Only `server/middleware` and `server/identity` build these;
 * services take one as their first argument and trust it.
 */

import type { Origin } from "./audit/entry.ts";
import type { AgentTable, DaemonSessionTable, ProjectTable, ProjectTokenTable } from "./store/schema.ts";
import type { Selectable } from "kysely";

/** Holder of the admin token. */
export interface AdminCaller {
  readonly kind: "admin";
  /** Goes into `decided_by`, `granted_by` and the audit row. */
  readonly name: string;
  readonly origin: Origin;
}

/** Nobody in particular: public routes. */
export interface AnonymousCaller {
  readonly kind: "anonymous";
  readonly origin: Origin;
}

/** A daemon that holds an access token and wants a session. */
export interface DaemonCaller {
  readonly kind: "daemon";
  readonly agent: Selectable<AgentTable>;
  readonly accessTokenId: string;
  readonly origin: Origin;
}

/** An agent that proved its key at discover; `session` is null only where request signing is switched off. */
export interface AgentCaller {
  readonly kind: "agent";
  readonly agent: Selectable<AgentTable>;
  readonly session: Selectable<DaemonSessionTable> | null;
  readonly origin: Origin;
}

/** The holder of a project token, attested by a session of the agent that the project is bound to. */
export interface ProjectCaller {
  readonly kind: "project";
  readonly project: Selectable<ProjectTable>;
  readonly token: Selectable<ProjectTokenTable>;
  readonly agent: Selectable<AgentTable>;
  readonly session: Selectable<DaemonSessionTable> | null;
  readonly origin: Origin;
}

export type Caller = AdminCaller | AnonymousCaller | DaemonCaller | AgentCaller | ProjectCaller;

/** The name of a caller in the audit log. */
export function principalOf(caller: Caller): string {
  switch (caller.kind) {
    case "admin":
      return caller.name;
    case "anonymous":
      return "anonymous";
    case "daemon":
    case "agent":
    case "project":
      return `agent:${caller.agent.agent_id}`;
  }
}
