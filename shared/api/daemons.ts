/** Wire schemas of the admin's daemon allowlist and sessions (section 2.5 of the wire contract). */

import { z } from "zod";
import { PageQuery } from "./page.ts";
import { description, oneLine } from "./text.ts";

/** Body of `POST /admin/allowed-daemon-versions`. */
export const AllowDaemonRequest = z.object({
  /** Hex SHA-256 of the binary; any case, spaces around it are cut off. */
  binary_sha256: z.string().max(200),
  version: oneLine(64).nullish(),
  description,
  enabled: z.boolean().nullish(),
});
export type AllowDaemonRequest = z.infer<typeof AllowDaemonRequest>;

/** One row of `GET /admin/allowed-daemon-versions`. */
export interface AllowedDaemonSummary {
  readonly binary_sha256: string;
  readonly version: string | null;
  readonly description: string | null;
  /** A number, as the predecessor gave it. */
  readonly enabled: 0 | 1;
  readonly created_at: string;
}

/** Query of `GET /admin/daemon-sessions`: only what fits. */
export const SessionListQuery = PageQuery.extend({ agent_id: z.string().max(255).optional() });
export type SessionListQuery = z.infer<typeof SessionListQuery>;

/** One row of `GET /admin/daemon-sessions`. */
export interface DaemonSessionSummary {
  readonly session_id: string;
  readonly agent_id: string;
  readonly namespace: string;
  readonly binary_sha256: string;
  readonly daemon_version: string | null;
  readonly daemon_pid: number | null;
  readonly daemon_uid: number | null;
  readonly hostname: string | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly revoked_reason: string | null;
}
