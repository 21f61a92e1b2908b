/**
 * What one row of the audit log says. Names, counts and codes only: an entry has no field for a value, a token or
 * raw input.
 */

import type { CallerParent } from "../../shared/caller/parents.ts";

/** Where a request came from; built once per request by the middleware. */
export interface Origin {
  readonly requestId: string | null;
  readonly sourceIp: string | null;
  /** What the daemon says of the program that asked it, where it says anything. */
  readonly caller: CallerFacts;
  /** The person behind it, where one is signed in. */
  readonly actor?: ActorFacts;
}

/** Which account acted, and by which session or token. */
export interface ActorFacts {
  readonly id: string;
  readonly by: string;
  readonly proofId: string | null;
}

/** Told by the daemon, not proven. */
export interface CallerFacts {
  readonly pid?: number;
  readonly binarySha256?: string;
  readonly argvHash?: string;
  readonly cwd?: string;
  readonly gitCommit?: string;
  readonly hostname?: string;
  readonly os?: string;
  /** When the calling program started, RFC 3339. */
  readonly started?: string;
  /** The processes above it, nearest first. */
  readonly parents?: readonly CallerParent[];
  /** The host's own list has the program. */
  readonly allowedByHost?: boolean;
}

/** The origin of what the server does by itself. */
export const SYSTEM_ORIGIN: Origin = { requestId: null, sourceIp: null, caller: {} };

export type AuditDetail = string | number | boolean | readonly string[] | null;

export interface AuditEntry {
  /** `admin`, `person:<e-mail>`, `agent:<agent_id>`, `system` or `anonymous`. */
  readonly principal: string;
  /** Section 8 of the wire contract where the event is the same. */
  readonly action: string;
  /** `success`, `denied`, `pending`, `alarm`, `revoked`, `expired`, or `allowed:policy=…`. */
  readonly status: string;
  readonly agentId?: string | null;
  readonly projectName?: string | null;
  readonly namespace?: string | null;
  readonly resourcePath?: string | null;
  readonly details?: Readonly<Record<string, AuditDetail>>;
  readonly origin: Origin;
}
