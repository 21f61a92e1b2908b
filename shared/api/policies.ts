/** Wire schemas of policies (sections 2.5 and 7.2 of the wire contract). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { oneLine } from "./text.ts";

const pattern = oneLine(255).describe("Exact, or a prefix before one `*` at the end.");
const paths = z.array(pattern).max(1_000).describe(
  "Key paths, each exact or a prefix before one `*` at the end.",
);

export const LeakReaction = z.enum(["notify", "revoke", "freeze"]).describe(
  "What follows when a program of the agent printed a value, which was replaced before the agent saw it: people are told; the project's tokens are revoked as well; the agent is frozen as well. The strongest that any policy asks for.",
);
export type LeakReaction = z.infer<typeof LeakReaction>;

const allowUnredacted = z.boolean().nullish().describe(
  "Whether programs of the agent may print values as they are where the caller asks for it (`cortex run --no-redact`).",
);

/** Body of `POST /admin/policies`. */
export const CreatePolicyRequest = z.object({
  policy_name: oneLine(128),
  agent_pattern: pattern,
  allowed_paths: paths,
  denied_paths: paths.nullish(),
  on_leak: LeakReaction.nullish(),
  allow_unredacted: allowUnredacted,
});
export type CreatePolicyRequest = z.infer<typeof CreatePolicyRequest>;

/** Body of `PUT /admin/policies/:id`: what is absent or `null` stays. */
export const UpdatePolicyRequest = z.object({
  policy_name: oneLine(128).nullish(),
  agent_pattern: pattern.nullish(),
  allowed_paths: paths.nullish(),
  denied_paths: paths.nullish(),
  on_leak: LeakReaction.nullish(),
  allow_unredacted: allowUnredacted,
});
export type UpdatePolicyRequest = z.infer<typeof UpdatePolicyRequest>;

/** One row of `GET /admin/policies`. */
export const PolicySummary = z.object({
  id: z.string(),
  policy_name: z.string(),
  agent_pattern: z.string(),
  allowed_paths: z.array(z.string()),
  denied_paths: z.array(z.string()),
  on_leak: LeakReaction,
  allow_unredacted: z.boolean(),
  created_at: z.string(),
});
export type PolicySummary = Frozen<z.infer<typeof PolicySummary>>;

/** Answer of `POST /admin/policies`. */
export const CreatedPolicy = z.object({ id: z.string(), policy_name: z.string() });
