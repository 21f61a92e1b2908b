/** `/admin/policies`. */

import * as z from "zod";
import { Deleted, UpdatedById } from "../../shared/api/done.ts";
import { PageQuery } from "../../shared/api/page.ts";
import {
  CreatedPolicy,
  CreatePolicyRequest,
  PolicySummary,
  UpdatePolicyRequest,
} from "../../shared/api/policies.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { PolicyService } from "../services/policies.ts";

export function policyRoutes(policies: PolicyService): Routes {
  return {
    "GET /admin/policies": adminEndpoint(
      { query: PageQuery, answer: z.array(PolicySummary) },
      ({ caller, query }) => policies.list(caller, query),
    ),
    "POST /admin/policies": adminEndpoint(
      { body: CreatePolicyRequest, status: 201, answer: CreatedPolicy },
      ({ caller, body }) => policies.create(caller, body),
    ),
    "PUT /admin/policies/:id": adminEndpoint(
      { body: UpdatePolicyRequest, answer: UpdatedById },
      async ({ caller, body, param }) => {
        const id = param("id");
        await policies.update(caller, id, body);
        return { updated: true, id };
      },
    ),
    "DELETE /admin/policies/:id": adminEndpoint({ answer: Deleted }, async ({ caller, param }) => {
      await policies.delete(caller, param("id"));
      return { deleted: true };
    }),
  };
}
