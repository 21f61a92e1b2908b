/** Wire schemas of requests for access that wait for a person (sections 2.5 and 7.3 of the wire contract). */

import { z } from "zod";
import { PageQuery } from "./page.ts";
import { oneLine } from "./text.ts";

export const PendingGrantStatus = z.enum(["pending", "approved", "denied", "expired"]);
export type PendingGrantStatus = z.infer<typeof PendingGrantStatus>;

export const ApprovalTerm = z.enum(["once", "day", "month"]);
export type ApprovalTerm = z.infer<typeof ApprovalTerm>;

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
  /** Of the request that the approver saw, whole: who asks, from where, for what. */
  request_sha256: z.string().nullish(),
  /** For one release within a day, for a day, or for thirty days. */
  term: ApprovalTerm.nullish(),
  /** Why, for who looks at it later. */
  note: oneLine(500).nullish(),
});
export type ApproveGrantRequest = z.infer<typeof ApproveGrantRequest>;

/** Body of `POST /admin/pending-grants/:id/deny`; may be left out. */
export const DenyGrantRequest = z.object({
  request_sha256: z.string().nullish(),
  note: oneLine(500).nullish(),
});
export type DenyGrantRequest = z.infer<typeof DenyGrantRequest>;

/** What the program that asked said of itself, by the daemon. Null where it said nothing. */
export interface AskedFrom {
  readonly binary_sha256: string | null;
  readonly directory: string | null;
  readonly git_commit: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
}

/** A key path that an earlier decision lets the agent read in this project. */
export interface GrantedBefore {
  readonly key_path: string;
  readonly until: string | null;
}

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
  /** Of the agent's key. */
  readonly fingerprint: string;
  readonly asked_from: AskedFrom;
  /** What counts now, by earlier decisions; of requests that wait only. */
  readonly granted_before: readonly GrantedBefore[];
  /** Digest of all that an approver has to see. */
  readonly request_sha256: string;
  readonly term: ApprovalTerm;
  readonly note: string | null;
  /** Of requests that wait for a second person. */
  readonly approvals_so_far: readonly ApprovalSoFar[];
}

/** A person's approval that waits for another's, where two people have to approve. */
export interface ApprovalSoFar {
  readonly person: string;
  readonly given_at: string;
}

/** Answer of `POST /admin/pending-grants/:id/approve` where another person has to approve too. */
export interface HalfApproved {
  readonly approved: false;
  readonly id: string;
  readonly approvals: readonly ApprovalSoFar[];
  readonly needed: 2;
}

/** Answer of `POST /admin/pending-grants/:id/approve`. */
export interface ApprovedGrant {
  readonly approved: true;
  readonly id: string;
  readonly approved_keys: readonly string[];
  readonly auto_approval_until: string;
}
