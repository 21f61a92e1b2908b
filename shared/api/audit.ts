/** Wire schemas of the audit log (section 2.5 of the wire contract, with filters and fields of ours). */

import { z } from "zod";
import { PageQuery } from "./page.ts";

const text = z.string().min(1).max(1_024).optional();

/** Query of `GET /admin/audit-logs`. Times are `YYYY-MM-DD HH:MM:SS` (UTC) or RFC 3339. */
export const AuditQuery = PageQuery.extend({
  agent_id: text,
  project: text,
  action: text,
  /** `denied` finds `denied:auth_invalid` too. */
  status: text,
  principal: text,
  request_id: text,
  /** From this time on. */
  since: text,
  /** Before this time. */
  until: text,
});
export type AuditQuery = z.infer<typeof AuditQuery>;

/** One row of `GET /admin/audit-logs`. */
export interface AuditLogEntry {
  readonly id: string;
  readonly seq: number;
  readonly timestamp: string;
  readonly principal: string;
  readonly agent_id: string | null;
  readonly project_name: string | null;
  readonly namespace: string | null;
  readonly action: string;
  readonly resource_path: string | null;
  readonly status: string;
  readonly details: unknown;
  readonly request_id: string | null;
  readonly caller_pid: number | null;
  readonly caller_binary_sha256: string | null;
  readonly caller_argv_hash: string | null;
  readonly caller_cwd: string | null;
  readonly caller_git_commit: string | null;
  readonly source_ip: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
  /** Hex, as is `entry_mac`. */
  readonly prev_hash: string;
  readonly entry_mac: string;
}
