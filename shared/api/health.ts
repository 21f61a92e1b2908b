/** Wire schemas for supervisors and load balancers. */

import * as z from "zod";

/** Answer of `GET /healthz`. */
export const Health = z.object({ status: z.literal("ok") });

/** Answer of `GET /readyz`; anything else is an error. */
export const Readiness = z.object({
  status: z.literal("ready"),
  sealed: z.literal(false),
  database: z.literal("ok"),
  audit: z.literal("ok"),
});
