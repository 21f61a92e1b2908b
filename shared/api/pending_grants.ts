/** Wire schemas of requests for access that wait for a person (sections 2.5 and 7.3 of the wire contract). */

import { z } from "zod";
import { PageQuery } from "./page.ts";

export const PendingGrantStatus = z.enum(["pending", "approved", "denied", "expired"]);
export type PendingGrantStatus = z.infer<typeof PendingGrantStatus>;

/** Query of `GET /admin/pending-grants`. */
export const PendingGrantQuery = PageQuery.extend({ status: PendingGrantStatus.optional() });
export type PendingGrantQuery = z.infer<typeof PendingGrantQuery>;

/** Body of `POST /admin/pending-grants/:id/approve`. `{}` approves all that is requested. */
export const ApproveGrantRequest = z.object({
  /** A part of what is requested; key paths. */
  approved_keys: z.array(z.string()).max(10_000).nullish(),
  /** What the approver saw. Where the request has changed meanwhile, nothing is approved. */
  requested_keys: z.array(z.string()).max(10_000).nullish(),
  updated_at: z.string().nullish(),
});
export type ApproveGrantRequest = z.infer<typeof ApproveGrantRequest>;

/** One row of `GET /admin/pending-grants`. */
export interface PendingGrantSummary {
  readonly id: string;
  readonly agent_id: string;
  readonly project_name: string;
  readonly namespace: string;
  readonly requested_keys: readonly string[];
  readonly approved_keys: readonly string[];
  readonly status: PendingGrantStatus;
  readonly requested_at: string;
  readonly updated_at: string;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
  readonly auto_approval_until: string | null;
  readonly source_ip: string | null;
}

/** Answer of `POST /admin/pending-grants/:id/approve`. */
export interface ApprovedGrant {
  readonly approved: true;
  readonly id: string;
  readonly approved_keys: readonly string[];
  readonly auto_approval_until: string;
}
