/** `/admin/agents`. Where several namespaces hold an agent of one id, `?namespace=` says which. */

import * as z from "zod";
import {
  AgentListQuery,
  AgentSummary,
  CreateAgentRequest,
  CreatedAgent,
  DeletedAgent,
  FreezeRequest,
  FrozenAgent,
  UnfrozenAgent,
  UpdateAgentRequest,
  UpdatedAgent,
} from "../../shared/api/agents.ts";
import { NamespaceQuery } from "../../shared/api/text.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AgentService } from "../services/agents/agents.ts";

interface Addressed {
  readonly query: NamespaceQuery;
  param(name: string): string;
}

function nameOf({ query, param }: Addressed) {
  return { agentId: param("agent_id"), namespace: query.namespace };
}

export function agentRoutes(agents: AgentService): Routes {
  return {
    "GET /admin/agents": adminEndpoint(
      { query: AgentListQuery, answer: z.array(AgentSummary) },
      ({ caller, query }) => agents.list(caller, query),
    ),
    "POST /admin/agents": adminEndpoint(
      { body: CreateAgentRequest, status: 201, answer: CreatedAgent },
      ({ caller, body }) => agents.create(caller, body),
    ),
    "PUT /admin/agents/:agent_id": adminEndpoint(
      { body: UpdateAgentRequest, query: NamespaceQuery, answer: UpdatedAgent },
      async (ctx) => {
        const ended = await agents.update(ctx.caller, nameOf(ctx), ctx.body);
        return { updated: true, agent_id: ctx.param("agent_id"), sessions_ended: ended.sessions };
      },
    ),
    "DELETE /admin/agents/:agent_id": adminEndpoint(
      { query: NamespaceQuery, answer: DeletedAgent },
      async (ctx) => {
        const ended = await agents.delete(ctx.caller, nameOf(ctx));
        return { deleted: true, tokens_revoked: ended.projectTokens, sessions_ended: ended.sessions };
      },
    ),
    "POST /admin/agents/:agent_id/freeze": adminEndpoint(
      { body: FreezeRequest, bodyOptional: true, query: NamespaceQuery, answer: FrozenAgent },
      async (ctx) => {
        const already = await agents.freeze(ctx.caller, nameOf(ctx), ctx.body.reason ?? null);
        return { frozen: true, agent_id: ctx.param("agent_id"), already_frozen: already };
      },
    ),
    "POST /admin/agents/:agent_id/unfreeze": adminEndpoint(
      { query: NamespaceQuery, answer: UnfrozenAgent },
      async (ctx) => {
        const was = await agents.unfreeze(ctx.caller, nameOf(ctx));
        return { frozen: false, agent_id: ctx.param("agent_id"), was_frozen: was };
      },
    ),
  };
}
