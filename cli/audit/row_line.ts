/** A row of the audit log as a line for people: when, who, what, how it ended, and the facts by name. */

import type { AuditLogEntry } from "../../shared/api/audit.ts";
import { printableLine } from "../../shared/client/answer_error.ts";

const TEXT_LIMIT = 1_000;
/** Enough of a hash to tell programs apart at a glance; `--json` has all of it. */
const HASH_LENGTH = 12;

/** Everything in it is data of somebody else: what a terminal would act on is shown, not done. */
export function rowLine(row: AuditLogEntry): string {
  const parts = [row.timestamp, row.principal, row.action, row.status, ...about(row), ...facts(row)];
  return `${printableLine(parts.join("  "), TEXT_LIMIT)}  ${row.id}`;
}

function about({ project_name, resource_path }: AuditLogEntry): string[] {
  const project = project_name === null ? [] : [`project ${project_name}`];
  return resource_path === null || resource_path === project_name ? project : [...project, resource_path];
}

function facts(row: AuditLogEntry): string[] {
  const { caller_parents: parents, caller_started: _started, ...details } = fields(row.details);
  const known = Object.entries(details).filter(([, value]) => value !== null);
  return [...known.map(fact), ...caller(row, parents)];
}

function fields(details: unknown): Readonly<Record<string, unknown>> {
  return typeof details === "object" && details !== null ? { ...details } : {};
}

function fact([name, value]: readonly [string, unknown]): string {
  const isList = Array.isArray(value) && value.every((item) => typeof item !== "object");
  if (isList) return `${name}=${value.join(",")}`;
  return `${name}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`;
}

/** Which program asked, where, and whose child it was up to the first of all. */
function caller({ caller_pid, caller_binary_sha256, caller_cwd }: AuditLogEntry, parents: unknown): string[] {
  if (caller_pid === null) return [];
  const chain = Array.isArray(parents) ? parents.map((parent) => fields(parent)["name"] ?? "?") : [];
  return [
    `pid=${caller_pid}`,
    ...(caller_binary_sha256 === null ? [] : [`program=${caller_binary_sha256.slice(0, HASH_LENGTH)}`]),
    ...(caller_cwd === null ? [] : [`in=${caller_cwd}`]),
    ...(chain.length === 0 ? [] : [`under=${chain.join("<")}`]),
  ];
}
