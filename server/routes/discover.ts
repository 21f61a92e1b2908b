/** `POST /agent/discover`. Who asks is found out from the proof in the body, before anything else of it counts. */

import { DiscoverRequest, DiscoverResponse } from "../../shared/api/discover.ts";
import { agentEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AgentCallers } from "../identity/agent_callers.ts";
import type { DiscoverService } from "../services/projects/discover.ts";
import { provenAgent } from "./proven_agent.ts";

export function discoverRoutes(agents: AgentCallers, discover: DiscoverService): Routes {
  return {
    "POST /agent/discover": agentEndpoint(
      { body: DiscoverRequest, anyContentType: true, answer: DiscoverResponse },
      async (ctx) => await discover.discover(await provenAgent(agents, ctx), ctx.body),
    ),
  };
}
