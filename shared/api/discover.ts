/** Wire schemas of `POST /agent/discover` (section 2.2 of the wire contract) with our extensions, all optional. */

import * as z from "zod";

export const DiscoverRequest = z.object({
  agent_id: z.string().max(255),
  auth_proof: z.string().max(255),
  ts: z.int().nullish().describe(
    "Unix seconds. Absent is refused, but as a missing proof, not as a wrong form.",
  ),
  nonce: z.string().max(1024).nullish(),
  context: z.object({
    project_name: z.string().max(1024),
    file_content: z.string().describe("Dotenv text; only its names are used."),
    all_granted: z.boolean().nullish().describe(
      "Map every granted name of a value, whatever `file_content` says.",
    ),
    ssh_keys: z.boolean().nullish().describe(
      "Map every granted SSH key as well, beside the names of `file_content`.",
    ),
    any_command: z.boolean().nullish().describe(
      "An approval of the project is wanted for each key, and that of a single command does not count for one.",
    ),
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
  token_expires_at: z.string().describe("`YYYY-MM-DD HH:MM:SS`, UTC."),
  token_ttl_seconds: z.int(),
  unmatched_keys: z.array(z.string()).describe(
    "Names that bring no value, those of `withheld_keys` included.",
  ),
  namespace: z.string(),
  scope: z.array(z.string()),
  signed_project_token: z.string().optional(),
  withheld_keys: z.array(WithheldKey).optional().describe(
    "Names that are granted and that a person kept back.",
  ),
});
export type DiscoverResponse = z.infer<typeof DiscoverResponse>;
