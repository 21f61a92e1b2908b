/** `/admin/agents/:agent_id/allowed-callers`. Where several namespaces hold an agent of one id, `?namespace=` says which. */

import * as z from "zod";
import {
  AllowCallerRequest,
  AllowedCallerSummary,
  RemoveCallerQuery,
  RemovedCaller,
} from "../../shared/api/allowed_callers.ts";
import { NamespaceQuery } from "../../shared/api/text.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AllowedCallerService } from "../services/agents/allowed_callers.ts";

interface Addressed {
  readonly query: NamespaceQuery;
  param(name: string): string;
}

function nameOf({ query, param }: Addressed) {
  return { agentId: param("agent_id"), namespace: query.namespace };
}

export function allowedCallerRoutes(callers: AllowedCallerService): Routes {
  return {
    "GET /admin/agents/:agent_id/allowed-callers": adminEndpoint(
      { query: NamespaceQuery, answer: z.array(AllowedCallerSummary) },
      (ctx) => callers.list(ctx.caller, nameOf(ctx)),
    ),
    "POST /admin/agents/:agent_id/allowed-callers": adminEndpoint(
      { body: AllowCallerRequest, query: NamespaceQuery, status: 201, answer: AllowedCallerSummary },
      (ctx) => callers.add(ctx.caller, nameOf(ctx), ctx.body),
    ),
    "DELETE /admin/agents/:agent_id/allowed-callers": adminEndpoint(
      { query: RemoveCallerQuery, answer: RemovedCaller },
      (ctx) => {
        const { sha256, role = "caller", allow_any } = ctx.query;
        return callers.remove(ctx.caller, nameOf(ctx), { sha256, role, allowAny: allow_any === "true" });
      },
    ),
  };
}
