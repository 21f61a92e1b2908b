/** Wire schemas of sealing and unsealing. */

import * as z from "zod";

/** Body of `POST /sys/unseal`: the password, one share, or the wish to start over with shares. */
export const UnsealRequest = z.union([
  z.object({ password: z.string().min(1) }),
  z.object({ share: z.string().min(1) }),
  z.object({ reset: z.literal(true) }),
]);
export type UnsealRequest = z.infer<typeof UnsealRequest>;

/** Answer of every `/sys` route. */
export const SealStatus = z.object({
  sealed: z.boolean(),
  shares: z.object({ set_id: z.string(), given: z.int(), needed: z.int() }).nullable().describe(
    "While shares wait for others.",
  ),
});
export type SealStatus = z.infer<typeof SealStatus>;

/** Of a vault that is open. */
export const OPEN: SealStatus = { sealed: false, shares: null };
