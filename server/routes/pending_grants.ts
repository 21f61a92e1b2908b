/** `/admin/pending-grants`. */

import * as z from "zod";
import { DeletedById, DeniedById } from "../../shared/api/done.ts";
import {
  ApprovedGrant,
  ApproveGrantRequest,
  DenyGrantRequest,
  HalfApproved,
  PendingGrantQuery,
  PendingGrantSummary,
} from "../../shared/api/pending_grants.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { PendingGrantService } from "../services/approvals/pending_grants.ts";

export function pendingGrantRoutes(grants: PendingGrantService): Routes {
  return {
    "GET /admin/pending-grants": adminEndpoint(
      { query: PendingGrantQuery, answer: z.array(PendingGrantSummary) },
      ({ caller, query }) => grants.list(caller, query),
    ),
    "POST /admin/pending-grants/:id/approve": adminEndpoint(
      { body: ApproveGrantRequest, answer: z.union([ApprovedGrant, HalfApproved]) },
      ({ caller, body, param }) => grants.approve(caller, param("id"), body),
    ),
    "POST /admin/pending-grants/:id/deny": adminEndpoint(
      { body: DenyGrantRequest, bodyOptional: true, answer: DeniedById },
      async ({ caller, body, param }) => {
        const id = param("id");
        await grants.deny(caller, id, body);
        return { denied: true, id };
      },
    ),
    "DELETE /admin/pending-grants/:id": adminEndpoint({ answer: DeletedById }, async ({ caller, param }) => {
      const id = param("id");
      await grants.delete(caller, id);
      return { deleted: true, id };
    }),
  };
}
