/** Wire schemas of `GET /project/secrets/:project` (section 2.3 of the wire contract). */

import * as z from "zod";

/** Why a name of the token's scope brings no value. */
export const WithheldName = z.object({
  name: z.string(),
  reason: z.enum([
    "grant_removed",
    "denied_by_policy",
    "denied",
    "not_approved",
    "approval_removed",
    "template",
    "ssh_key",
    "command_bound",
    "delivery_file",
    "delivery_template",
    "delivery_never",
  ]),
});

export type WithheldName = z.infer<typeof WithheldName>;

export const ProjectSecretsResponse = z.object({
  env_vars: z.record(z.string(), z.string()).describe("Binary values are base64 text."),
  withheld: z.array(WithheldName).optional().describe("Names that bring no value now, and why."),
  more_granted: z.array(z.string()).optional().describe(
    "Names granted to the project that a new discover would bring or ask a person for, and this token lacks.",
  ),
});
export type ProjectSecretsResponse = z.infer<typeof ProjectSecretsResponse>;
