/** `/admin/audit-sinks`. */

import { AuditSinkList } from "../../shared/api/audit_sinks.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AuditSinkService } from "../services/audit/sinks.ts";

export function auditSinkRoutes(sinks: AuditSinkService): Routes {
  return {
    "GET /admin/audit-sinks": adminEndpoint({ answer: AuditSinkList }, ({ caller }) => sinks.list(caller)),
  };
}
