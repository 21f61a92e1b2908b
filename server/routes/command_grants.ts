/** `/agent/command-requests`, `/agent/explain` and `/admin/command-grants`. */

import * as z from "zod";
import { DeniedById, EndedById } from "../../shared/api/done.ts";
import {
  ApproveCommandRequest,
  CommandGrantQuery,
  CommandGrantSummary,
  CommandRequest,
  CommandRequestAnswer,
  ExplainAnswer,
  ExplainRequest,
} from "../../shared/api/command_grants.ts";
import { adminEndpoint, agentEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AgentCallers } from "../identity/agent_callers.ts";
import type { CommandGrantService } from "../services/approvals/command_grants.ts";
import type { CommandRequestService } from "../services/approvals/command_requests.ts";
import type { ExplainService } from "../services/projects/explain.ts";
import { provenAgent } from "./proven_agent.ts";

export function commandRequestRoutes(
  agents: AgentCallers,
  requests: CommandRequestService,
  explain: ExplainService,
): Routes {
  return {
    "POST /agent/command-requests": agentEndpoint(
      { body: CommandRequest, answer: CommandRequestAnswer },
      async (ctx) => await requests.request(await provenAgent(agents, ctx), ctx.body),
    ),
    "POST /agent/explain": agentEndpoint(
      { body: ExplainRequest, answer: ExplainAnswer },
      async (ctx) => await explain.explain(await provenAgent(agents, ctx), ctx.body),
    ),
  };
}

export function commandGrantRoutes(grants: CommandGrantService): Routes {
  return {
    "GET /admin/command-grants": adminEndpoint(
      { query: CommandGrantQuery, answer: z.array(CommandGrantSummary) },
      ({ caller, query }) => grants.list(caller, query),
    ),
    "POST /admin/command-grants/:id/approve": adminEndpoint(
      { body: ApproveCommandRequest, answer: CommandGrantSummary },
      ({ caller, body, param }) => grants.approve(caller, param("id"), body),
    ),
    "POST /admin/command-grants/:id/deny": adminEndpoint(
      { answer: DeniedById },
      async ({ caller, param }) => {
        const id = param("id");
        await grants.deny(caller, id);
        return { denied: true, id };
      },
    ),
    "DELETE /admin/command-grants/:id": adminEndpoint({ answer: EndedById }, async ({ caller, param }) => {
      const id = param("id");
      await grants.end(caller, id);
      return { ended: true, id };
    }),
  };
}
