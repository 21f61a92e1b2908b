/** Wire schemas of the admin's daemon allowlist and sessions (section 2.5 of the wire contract). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { PageQuery } from "./page.ts";
import { description, oneLine } from "./text.ts";

/** Body of `POST /admin/allowed-daemon-versions`. */
export const AllowDaemonRequest = z.object({
  binary_sha256: z.string().max(200).describe(
    "Hex SHA-256 of the binary; any case, spaces around it are cut off.",
  ),
  version: oneLine(64).nullish(),
  description,
  enabled: z.boolean().nullish(),
});
export type AllowDaemonRequest = z.infer<typeof AllowDaemonRequest>;

/** One row of `GET /admin/allowed-daemon-versions`. */
export const AllowedDaemonSummary = z.object({
  binary_sha256: z.string(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  enabled: z.union([z.literal(0), z.literal(1)]).describe("A number, as the predecessor gave it."),
  created_at: z.string(),
});
export type AllowedDaemonSummary = Frozen<z.infer<typeof AllowedDaemonSummary>>;

/** Query of `GET /admin/daemon-sessions`: only what fits. */
export const SessionListQuery = PageQuery.extend({ agent_id: z.string().max(255).optional() });
export type SessionListQuery = z.infer<typeof SessionListQuery>;

/** One row of `GET /admin/daemon-sessions`. */
export const DaemonSessionSummary = z.object({
  session_id: z.string(),
  agent_id: z.string(),
  namespace: z.string(),
  binary_sha256: z.string(),
  daemon_version: z.string().nullable(),
  daemon_pid: z.int().nullable(),
  daemon_uid: z.int().nullable(),
  hostname: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  revoked_at: z.string().nullable(),
  revoked_reason: z.string().nullable(),
});
export type DaemonSessionSummary = Frozen<z.infer<typeof DaemonSessionSummary>>;

/** Answer of `POST /admin/allowed-daemon-versions`. */
export const AllowedDaemon = z.object({ binary_sha256: z.string(), enabled: z.boolean() });

/** Answer of `DELETE /admin/allowed-daemon-versions/:sha`. `allowlist_enforced`: whether binaries are still checked against a list. */
export const DisallowedDaemon = z.object({
  deleted: z.literal(true),
  sessions_ended: z.int(),
  allowlist_enforced: z.boolean(),
});

/** Answer of `DELETE /admin/daemon-sessions/:id`. */
export const RevokedDaemonSession = z.object({
  revoked: z.literal(true),
  session_id: z.string(),
  already_revoked: z.literal(true).optional(),
});
