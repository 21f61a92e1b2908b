/** Wire schemas of recovery shares. */

import * as z from "zod";

/** Body of `POST /admin/shamir/generate`. The bounds belong together, so the service checks them. */
export const GenerateSharesRequest = z.object({
  threshold: z.int(),
  shares: z.int(),
  password: z.string().optional().describe(
    "The operator's: the admin token alone must not give the key away.",
  ),
});
export type GenerateSharesRequest = z.infer<typeof GenerateSharesRequest>;

const RecoverySetFields = {
  set_id: z.string(),
  threshold: z.int(),
  shares_count: z.int(),
  kek_version: z.int().describe("The version of the KEK that was split."),
  created_at: z.string(),
};

/** One set of `GET /admin/shamir/sets`. */
export const RecoverySetSummary = z.object({
  ...RecoverySetFields,
  opens_vault: z.boolean().describe("False once the key was rotated."),
});
export type RecoverySetSummary = z.infer<typeof RecoverySetSummary>;

export const RecoverySetList = z.array(RecoverySetSummary);

/** Answer of `POST /admin/shamir/generate`: the only time that the shares are anywhere. */
export const GeneratedShares = z.object({
  ...RecoverySetFields,
  shares: z.array(z.string()),
  older_sets: z.int().describe("How many older sets open the vault as well."),
  warning: z.string(),
});
export type GeneratedShares = z.infer<typeof GeneratedShares>;
