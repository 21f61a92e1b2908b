/** `POST /agent/discover`. Who asks is found out from the proof in the body, before anything else of it counts. */

import { DiscoverRequest } from "../../shared/api/discover.ts";
import { agentEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AgentCallers } from "../identity/agent_callers.ts";
import { attestedBody } from "../middleware/attestation.ts";
import type { DiscoverService } from "../services/discover.ts";

export function discoverRoutes(agents: AgentCallers, discover: DiscoverService): Routes {
  return {
    "POST /agent/discover": agentEndpoint(
      { body: DiscoverRequest, anyContentType: true },
      async ({ body, bodyBytes, incoming, spend }) => {
        const { agent_id: agentId, auth_proof: authProof, ts, nonce } = body;
        const facts = attestedBody(incoming, bodyBytes);
        const caller = await agents.authenticate({ agentId, authProof, ts, nonce }, facts, incoming.origin);
        spend("discover_agent", caller.agent.id);
        return await discover.discover(caller, body);
      },
    ),
  };
}
