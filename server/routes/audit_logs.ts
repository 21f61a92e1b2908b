/** `/admin/audit-logs`. */

import * as z from "zod";
import { AuditLogEntry, AuditQuery } from "../../shared/api/audit.ts";
import { LOOKS } from "../access_table.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AuditLogService } from "../services/audit/log.ts";

export function auditLogRoutes(log: AuditLogService): Routes {
  return {
    "GET /admin/audit-logs": adminEndpoint(
      { query: AuditQuery, answer: z.array(AuditLogEntry) },
      ({ caller, query }) => log.list(caller, query, LOOKS),
    ),
    "GET /admin/audit-logs/:id": adminEndpoint(
      { answer: AuditLogEntry },
      ({ caller, param }) => log.get(caller, param("id")),
    ),
  };
}
