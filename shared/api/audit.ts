/** Wire schemas of the audit log (section 2.5 of the wire contract, with filters and fields of ours). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { PageQuery } from "./page.ts";

const text = z.string().min(1).max(1_024).optional();

/** Query of `GET /admin/audit-logs`. Times are `YYYY-MM-DD HH:MM:SS` (UTC) or RFC 3339. */
export const AuditQuery = PageQuery.extend({
  agent_id: text,
  project: text,
  action: text,
  status: text.describe("`denied` finds `denied:auth_invalid` too."),
  principal: text,
  request_id: text,
  key_path: text.describe("Rows that are about this secret or name it."),
  looks: z.enum(["yes", "no"]).optional().describe(
    "`no` leaves out what people looked at and were shown; what was refused stays.",
  ),
  since: text.describe("From this time on."),
  until: text.describe("Before this time."),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

/** One row of `GET /admin/audit-logs`. */
export const AuditLogEntry = z.object({
  id: z.string(),
  seq: z.int(),
  timestamp: z.string(),
  principal: z.string(),
  agent_id: z.string().nullable(),
  project_name: z.string().nullable(),
  namespace: z.string().nullable(),
  action: z.string(),
  resource_path: z.string().nullable(),
  status: z.string(),
  details: z.unknown(),
  request_id: z.string().nullable(),
  caller_pid: z.int().nullable(),
  caller_binary_sha256: z.string().nullable(),
  caller_argv_hash: z.string().nullable(),
  caller_cwd: z.string().nullable(),
  caller_git_commit: z.string().nullable(),
  source_ip: z.string().nullable(),
  hostname: z.string().nullable(),
  os: z.string().nullable(),
  prev_hash: z.string().describe("Hex, as is `entry_mac`."),
  entry_mac: z.string(),
});
export type AuditLogEntry = Frozen<z.infer<typeof AuditLogEntry>>;
