/** Wire schemas of `POST /agent/discover` (section 2.2 of the wire contract) with our extensions, all optional. */

import { z } from "zod";

export const DiscoverRequest = z.object({
  agent_id: z.string().max(255),
  auth_proof: z.string().max(255),
  /** Unix seconds. Absent is refused, but as a missing proof, not as a wrong form. */
  ts: z.int().nullish(),
  nonce: z.string().max(1024).nullish(),
  context: z.object({
    project_name: z.string().max(1024),
    /** Dotenv text; only its names are used. */
    file_content: z.string(),
    /** Ours: map every granted name of a value, whatever `file_content` says. */
    all_granted: z.boolean().nullish(),
    /** Ours: map every granted SSH key as well, beside the names of `file_content`. */
    ssh_keys: z.boolean().nullish(),
  }),
  regenerate_token: z.boolean().nullish(),
  signed_token: z.boolean().optional(),
});
export type DiscoverRequest = z.infer<typeof DiscoverRequest>;

/**
 * `denied`: a person refused the key. `not_approved`: an approval of other keys left it out. `command_required`: only
 * approved commands get it, and none is.
 */
export const WithheldKey = z.object({
  name: z.string(),
  key_path: z.string(),
  reason: z.enum(["denied", "not_approved", "command_required"]),
});

export const DiscoverResponse = z.object({
  mapped_keys: z.record(z.string(), z.string()),
  full_matched: z.boolean(),
  project_token: z.string(),
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  token_expires_at: z.string(),
  token_ttl_seconds: z.int(),
  /** Names that bring no value, those of `withheld_keys` included. */
  unmatched_keys: z.array(z.string()),
  namespace: z.string(),
  scope: z.array(z.string()),
  signed_project_token: z.string().optional(),
  /** Ours: names that are granted and that a person kept back. */
  withheld_keys: z.array(WithheldKey).optional(),
});
export type DiscoverResponse = z.infer<typeof DiscoverResponse>;
