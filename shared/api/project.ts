/** Wire schemas of `GET /project/secrets/:project` (section 2.3 of the wire contract). */

import { z } from "zod";

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
  ]),
});

export const ProjectSecretsResponse = z.object({
  /** Binary values are base64 text. */
  env_vars: z.record(z.string(), z.string()),
  /** Ours. */
  withheld: z.array(WithheldName).optional(),
  /** Ours, only ever true: a discover of everything (`all_granted`) would bring more than this token has. */
  more_granted: z.literal(true).optional(),
});
export type ProjectSecretsResponse = z.infer<typeof ProjectSecretsResponse>;
