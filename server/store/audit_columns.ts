/**
 * The columns of `audit_log` in the order of the table. The MAC covers all but itself in this order: appending a
 * column is a new version of the encoding in `server/audit/chain.ts`.
 */

import type { AuditTable } from "./schema.ts";

export const AUDIT_COLUMNS = [
  "seq",
  "id",
  "at",
  "principal",
  "action",
  "status",
  "agent_id",
  "project_name",
  "namespace",
  "resource_path",
  "details",
  "request_id",
  "source_ip",
  "caller_pid",
  "caller_binary_sha256",
  "caller_argv_hash",
  "caller_cwd",
  "caller_git_commit",
  "hostname",
  "os",
  "prev_mac",
  "mac",
] as const satisfies readonly (keyof AuditTable)[];

/** What the MAC covers. */
export const MACED_COLUMNS = AUDIT_COLUMNS.filter((column) => column !== "mac");
