/**
 * Who is calling, as authentication established it. Only `server/middleware` and `server/identity` build these;
 * services take one as their first argument and trust it.
 */

import { EVERY_RIGHT, type Reach, type Rights } from "./access/roles.ts";
import type { Origin } from "./audit/entry.ts";
import type { AccessTokenTable, AgentTable } from "./store/schema.ts";
import type { Selectable } from "kysely";

/** A person as the log and other people know them. */
export interface PersonRef {
  readonly id: string;
  /** In its one form, see `identity/email.ts`. */
  readonly email: string;
}

/** What proved who a person is, and what they may do by it. */
export interface Authority {
  readonly by: "admin_token" | "session" | "api_token";
  /** Of the session or the token. */
  readonly id: string | null;
  /** Nobody in particular for the holder of the admin token. */
  readonly person: PersonRef | null;
  readonly rights: Rights;
  /** The proof is new enough for what shows a value or moves a key. */
  readonly fresh: boolean;
}

/** A person who is signed in, or the holder of the admin token. */
export interface AdminCaller {
  readonly kind: "admin";
  /** Goes into `decided_by`, `granted_by` and the audit row: `admin`, or `person:` and the e-mail address. */
  readonly name: string;
  readonly origin: Origin;
  readonly authority: Authority;
  /** Where the right of the present route counts; set by `http/authorise.ts`, and nowhere before. */
  readonly reach: Reach;
}

const NOWHERE: Reach = new Set();

/** The holder of the admin token. */
export function adminTokenCaller(origin: Origin, { name = "admin", fresh = true } = {}): AdminCaller {
  const authority: Authority = { by: "admin_token", id: null, person: null, rights: EVERY_RIGHT, fresh };
  return { kind: "admin", name, origin, authority, reach: NOWHERE };
}

/** A person; every row of the log that they cause names them. */
export function personCaller(
  person: PersonRef,
  authority: Omit<Authority, "person">,
  origin: Origin,
): AdminCaller {
  const actor = { id: person.id, by: authority.by, proofId: authority.id };
  return {
    kind: "admin",
    name: `person:${person.email}`,
    origin: { ...origin, actor },
    authority: { ...authority, person },
    reach: NOWHERE,
  };
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
  readonly accessToken: Selectable<AccessTokenTable>;
  readonly origin: Origin;
}

/** An agent that proved its key at discover; `sessionId` is null only where request signing is switched off. */
export interface AgentCaller {
  readonly kind: "agent";
  readonly agent: Selectable<AgentTable>;
  readonly sessionId: string | null;
  readonly origin: Origin;
}

/** What reads need of an agent. */
export interface ProjectAgent {
  readonly id: string;
  readonly agent_id: string;
  readonly namespace: string;
}

/** The holder of a project token, attested by a session of the agent that the project is bound to. */
export interface ProjectCaller {
  readonly kind: "project";
  readonly projectName: string;
  readonly agent: ProjectAgent;
  /** Null for the token of a discover that asked for nothing: there is no project, and it gives nothing. */
  readonly token: ProjectTokenFacts | null;
  /** Null only where request signing is switched off. */
  readonly sessionId: string | null;
  readonly origin: Origin;
}

/** What was frozen into a project token. */
export interface ProjectTokenFacts {
  readonly id: string;
  readonly projectRef: string;
  /** JSON object: environment name to key path. */
  readonly envMappings: string;
  /** JSON list of key paths. */
  readonly scope: string;
  readonly issuedAt: number;
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
