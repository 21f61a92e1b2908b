/** Who asks on a route of agents: found out from the proof in the body, before anything else of it counts. */

import type { AgentCaller, AnonymousCaller } from "../caller.ts";
import type { EndpointContext } from "../http/endpoint.ts";
import type { AgentCallers } from "../identity/agent_callers.ts";
import { attestedBody } from "../middleware/attestation.ts";

/** The proof as bodies of agents carry it. */
export interface ProvenBody {
  readonly agent_id: string;
  readonly auth_proof: string;
  readonly ts?: number | null | undefined;
  readonly nonce?: string | null | undefined;
}

/**
 * Also counts the request against the agent's own limit, and looks at the program that called.
 * @throws VaultError `proof.*`, `attestation.*`, `client.caller_not_allowed`
 */
export async function provenAgent<Body extends ProvenBody>(
  agents: AgentCallers,
  { body, bodyBytes, incoming, spend, become }: EndpointContext<AnonymousCaller, Body, unknown>,
): Promise<AgentCaller> {
  const { agent_id: agentId, auth_proof: authProof, ts, nonce } = body;
  const facts = attestedBody(incoming, bodyBytes);
  const caller = await agents.authenticate({ agentId, authProof, ts, nonce }, facts, incoming.origin);
  spend("discover_agent", caller.agent.id);
  await become(caller);
  return caller;
}
