/** Wire schemas of requests for access that wait for a person (sections 2.5 and 7.3 of the wire contract). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
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
  approved_keys: z.array(z.string()).max(10_000).nullish().describe(
    "A part of what is requested; key paths.",
  ),
  requested_keys: z.array(z.string()).max(10_000).nullish().describe(
    "What the approver saw. Where the request has changed meanwhile, nothing is approved.",
  ),
  updated_at: z.string().nullish(),
  request_sha256: z.string().nullish().describe(
    "Of the request that the approver saw, whole: who asks, from where, for what.",
  ),
  term: ApprovalTerm.nullish().describe("For one release within a day, for a day, or for thirty days."),
  note: oneLine(500).nullish().describe("Why, for who looks at it later."),
});
export type ApproveGrantRequest = z.infer<typeof ApproveGrantRequest>;

/** Body of `POST /admin/pending-grants/:id/deny`; may be left out. */
export const DenyGrantRequest = z.object({
  request_sha256: z.string().nullish(),
  note: oneLine(500).nullish(),
});
export type DenyGrantRequest = z.infer<typeof DenyGrantRequest>;

/** What the program that asked said of itself, by the daemon. Null where it said nothing. */
export const AskedFrom = z.object({
  binary_sha256: z.string().nullable(),
  directory: z.string().nullable(),
  git_commit: z.string().nullable(),
  hostname: z.string().nullable(),
  os: z.string().nullable(),
});
export type AskedFrom = Frozen<z.infer<typeof AskedFrom>>;

/** A key path that an earlier decision lets the agent read in this project. */
export const GrantedBefore = z.object({
  key_path: z.string(),
  until: z.string().nullable(),
});
export type GrantedBefore = Frozen<z.infer<typeof GrantedBefore>>;

/** A person's approval that waits for another's, where two people have to approve. */
export const ApprovalSoFar = z.object({
  person: z.string(),
  given_at: z.string(),
});
export type ApprovalSoFar = Frozen<z.infer<typeof ApprovalSoFar>>;

/** One row of `GET /admin/pending-grants`. */
export const PendingGrantSummary = z.object({
  id: z.string(),
  agent_id: z.string(),
  project_name: z.string(),
  namespace: z.string(),
  requested_keys: z.array(z.string()),
  approved_keys: z.array(z.string()),
  status: PendingGrantStatus,
  requested_at: z.string(),
  updated_at: z.string(),
  decided_at: z.string().nullable(),
  decided_by: z.string().nullable(),
  auto_approval_until: z.string().nullable(),
  source_ip: z.string().nullable(),
  fingerprint: z.string().describe("Of the agent's key."),
  asked_from: AskedFrom,
  granted_before: z.array(GrantedBefore).describe(
    "What counts now, by earlier decisions; of requests that wait only.",
  ),
  request_sha256: z.string().describe("Digest of all that an approver has to see."),
  term: ApprovalTerm,
  note: z.string().nullable(),
  approvals_so_far: z.array(ApprovalSoFar).describe("Of requests that wait for a second person."),
});
export type PendingGrantSummary = Frozen<z.infer<typeof PendingGrantSummary>>;

/** Answer of `POST /admin/pending-grants/:id/approve` where another person has to approve too. */
export const HalfApproved = z.object({
  approved: z.literal(false),
  id: z.string(),
  approvals: z.array(ApprovalSoFar),
  needed: z.literal(2),
});
export type HalfApproved = Frozen<z.infer<typeof HalfApproved>>;

/** Answer of `POST /admin/pending-grants/:id/approve`. */
export const ApprovedGrant = z.object({
  approved: z.literal(true),
  id: z.string(),
  approved_keys: z.array(z.string()),
  auto_approval_until: z.string(),
});
export type ApprovedGrant = Frozen<z.infer<typeof ApprovedGrant>>;
