/** Wire schemas of where a secret is used. */

import type { SecretSummary } from "./secrets.ts";

/** One project that is granted a secret. */
export interface SecretUse {
  readonly grant_id: string;
  readonly project_name: string;
  readonly namespace: string;
  readonly env_var_name: string;
  readonly delivery: string;
  readonly bound: boolean;
  readonly agent_id: string | null;
  readonly granted_by: string;
  readonly granted_at: string;
  /** As far back as the log goes. */
  readonly last_released_at: string | null;
}

/** Answer of `GET /admin/secrets/:id/uses`. */
export interface SecretUses {
  readonly secret: SecretSummary;
  readonly uses: readonly SecretUse[];
}
