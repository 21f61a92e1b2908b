/** A row of the access table, and the few kinds of rows that there are. */

import type { Right } from "../access/roles.ts";

/** How a caller proves who they are; `agent` proves it in the body, which the route's own service checks. */
export type CallerKind = "public" | "admin" | "daemon" | "agent" | "project";

/** See `middleware/rate_limit.ts` for the numbers. */
export type LimitClass =
  | "none"
  | "public"
  | "audit_consistency"
  | "admin"
  | "discover"
  | "device_authorize"
  | "device_token"
  | "attest"
  | "project";

/** Who writes the row of a success: the service inside its own transaction, the adapter before it answers, nobody. */
export type AuditedBy = "service" | "adapter" | "nobody";

export interface AccessRow {
  readonly caller: CallerKind;
  /** What a person needs for it; of routes for people only. It counts in the namespaces of the object alone. */
  readonly right?: Right;
  /** Who is signed in has to have proven it again just now. */
  readonly fresh?: true;
  readonly action: string;
  readonly audited: AuditedBy;
  readonly limit: LimitClass;
  /** Path parameters that an audit row may name, by the column they go to. Each is parsed before it is written. */
  readonly fields: AuditedFields;
  readonly summary: string;
  /** For people and their browsers, not for programs: no part of the API and its document. */
  readonly page?: true;
}

export interface AuditedFields {
  readonly agent?: string;
  readonly project?: string;
  /** A row id. */
  readonly resource?: string;
}

export function open(action: string, limit: LimitClass, summary: string): AccessRow {
  return { caller: "public", action, audited: "nobody", limit, fields: {}, summary };
}

export function page(action: string, summary: string): AccessRow {
  return { ...open(action, "public", summary), page: true };
}

/** A step of signing in. */
export function enter(action: string, summary: string): AccessRow {
  return { ...open(action, "public", summary), audited: "service" };
}

/** A person's look at something: the adapter writes the row. */
export function look(right: Right, action: string, summary: string, fields: AuditedFields = {}): AccessRow {
  return { caller: "admin", right, action, audited: "adapter", limit: "admin", fields, summary };
}

/** A person's change: the service writes the row in the transaction of the change. */
export function change(right: Right, action: string, summary: string, fields: AuditedFields = {}): AccessRow {
  return { caller: "admin", right, action, audited: "service", limit: "admin", fields, summary };
}

/** A look that a program takes every few seconds: one that was refused has its row, one that succeeded has none. */
export function unlogged(row: AccessRow): AccessRow {
  return { ...row, audited: "nobody" };
}

/** Something for which who is signed in has to have proven it again just now. */
export function fresh(row: AccessRow): AccessRow {
  return { ...row, fresh: true };
}
