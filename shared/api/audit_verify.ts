/** Wire schemas of the verification of the audit log, piece by piece. */

import * as z from "zod";

/** Body of `POST /admin/audit-logs/verify`. */
export const VerifyAuditRequest = z.object({
  after: z.int().min(0).nullish().describe(
    "The number of the last row of the piece before; absent to begin.",
  ),
});
export type VerifyAuditRequest = z.infer<typeof VerifyAuditRequest>;

export const AUDIT_FAULTS = [
  "changed",
  "moved",
  "missing",
  "unlinked",
  "truncated",
  "unproven_start",
  "tree_changed",
] as const;

export const VerifyAuditResponse = z.object({
  ok: z.boolean(),
  from: z.int().describe("The first row of the piece."),
  to: z.int().describe("The last row that verified."),
  of: z.int().describe("Rows that there are by now."),
  at_end: z.boolean(),
  fault: z.object({ seq: z.int(), fault: z.enum(AUDIT_FAULTS), origin: z.int().optional() }).optional(),
});
export type VerifyAuditResponse = z.infer<typeof VerifyAuditResponse>;
