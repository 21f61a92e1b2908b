/** Wire schemas of where a secret is used. */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { SecretSummary } from "./secrets.ts";

/** One project that is granted a secret. */
export const SecretUse = z.object({
  grant_id: z.string(),
  project_name: z.string(),
  namespace: z.string(),
  env_var_name: z.string(),
  delivery: z.string(),
  bound: z.boolean(),
  agent_id: z.string().nullable(),
  granted_by: z.string(),
  granted_at: z.string(),
  last_released_at: z.string().nullable().describe("As far back as the log goes."),
});
export type SecretUse = Frozen<z.infer<typeof SecretUse>>;

/** Answer of `GET /admin/secrets/:id/uses`. */
export const SecretUses = z.object({
  secret: SecretSummary,
  uses: z.array(SecretUse),
});
export type SecretUses = Frozen<z.infer<typeof SecretUses>>;
