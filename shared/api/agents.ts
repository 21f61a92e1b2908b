/** Wire schemas of the admin's agents (section 2.5 of the wire contract). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { PageQuery } from "./page.ts";
import { description, namespace, oneLine } from "./text.ts";

/** Body of `POST /admin/agents`. */
export const CreateAgentRequest = z.object({
  agent_id: z.string().describe("1 to 64 letters, digits, `_` or `-`."),
  agent_pub: z.string().describe("Ed25519 public key: base64url or base64 of 32 bytes."),
  description,
  namespace,
});
export type CreateAgentRequest = z.infer<typeof CreateAgentRequest>;

/** Body of `PUT /admin/agents/:agent_id`: what is absent or `null` stays. */
export const UpdateAgentRequest = z.object({ agent_pub: z.string().nullish(), description });
export type UpdateAgentRequest = z.infer<typeof UpdateAgentRequest>;

/** Body of the freeze routes of agents and projects; may be left out. */
export const FreezeRequest = z.object({ reason: oneLine(500).nullish() });
export type FreezeRequest = z.infer<typeof FreezeRequest>;

/** Query of `GET /admin/agents`: only what fits. */
export const AgentListQuery = PageQuery.extend({
  namespace: z.string().max(63).optional(),
  agent_id: z.string().max(255).optional(),
  search: z.string().max(255).optional().describe("A piece of the id or the description, capital or small."),
});
export type AgentListQuery = z.infer<typeof AgentListQuery>;

/** One row of `GET /admin/agents`. */
export const AgentSummary = z.object({
  id: z.string(),
  agent_id: z.string(),
  description: z.string().nullable(),
  namespace: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  last_used_at: z.string().nullable().describe("When it last used what it was granted; `null` for long ago."),
  has_pubkey: z.literal(true),
  fingerprint: z.string().describe("What a person compares with `cortex daemon login`."),
  frozen_at: z.string().nullable(),
  frozen_reason: z.string().nullable(),
});
export type AgentSummary = Frozen<z.infer<typeof AgentSummary>>;

/** Answer of `POST /admin/agents`. */
export const CreatedAgent = z.object({ id: z.string(), agent_id: z.string(), namespace: z.string() });

/** Answer of `PUT /admin/agents/:agent_id`. */
export const UpdatedAgent = z.object({
  updated: z.literal(true),
  agent_id: z.string(),
  sessions_ended: z.int(),
});

/** Answer of `DELETE /admin/agents/:agent_id`. */
export const DeletedAgent = z.object({
  deleted: z.literal(true),
  tokens_revoked: z.int(),
  sessions_ended: z.int(),
});

/** Answer of `POST /admin/agents/:agent_id/freeze`. */
export const FrozenAgent = z.object({
  frozen: z.literal(true),
  agent_id: z.string(),
  already_frozen: z.boolean(),
});

/** Answer of `POST /admin/agents/:agent_id/unfreeze`. */
export const UnfrozenAgent = z.object({
  frozen: z.literal(false),
  agent_id: z.string(),
  was_frozen: z.boolean(),
});
