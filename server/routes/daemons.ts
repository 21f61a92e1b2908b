/** `/admin/allowed-daemon-versions` and `/admin/daemon-sessions`. */

import * as z from "zod";
import {
  AllowDaemonRequest,
  AllowedDaemon,
  AllowedDaemonSummary,
  DaemonSessionSummary,
  DisallowedDaemon,
  RevokedDaemonSession,
  SessionListQuery,
} from "../../shared/api/daemons.ts";
import { PageQuery } from "../../shared/api/page.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { DaemonAllowlistService } from "../services/hosts/daemon_allowlist.ts";
import type { DaemonSessionService } from "../services/hosts/daemon_sessions.ts";

export function daemonAllowlistRoutes(allowlist: DaemonAllowlistService): Routes {
  return {
    "GET /admin/allowed-daemon-versions": adminEndpoint(
      { query: PageQuery, answer: z.array(AllowedDaemonSummary) },
      ({ caller, query }) => allowlist.list(caller, query),
    ),
    "POST /admin/allowed-daemon-versions": adminEndpoint(
      { body: AllowDaemonRequest, status: 201, answer: AllowedDaemon },
      ({ caller, body }) => allowlist.add(caller, body),
    ),
    "DELETE /admin/allowed-daemon-versions/:sha": adminEndpoint(
      { answer: DisallowedDaemon },
      async ({ caller, param }) => {
        const { sessionsEnded, enforced } = await allowlist.remove(caller, param("sha"));
        return { deleted: true, sessions_ended: sessionsEnded, allowlist_enforced: enforced };
      },
    ),
  };
}

export function daemonSessionRoutes(sessions: DaemonSessionService): Routes {
  return {
    "GET /admin/daemon-sessions": adminEndpoint(
      { query: SessionListQuery, answer: z.array(DaemonSessionSummary) },
      ({ caller, query }) => sessions.list(caller, query),
    ),
    "DELETE /admin/daemon-sessions/:id": adminEndpoint(
      { answer: RevokedDaemonSession },
      async ({ caller, param }) => {
        const id = param("id");
        const already = await sessions.revoke(caller, id);
        return { revoked: true, session_id: id, ...(already ? { already_revoked: true } : {}) };
      },
    ),
  };
}
