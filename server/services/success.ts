/** The audit entry of something that was done. */

import type { AuditEntry } from "../audit/entry.ts";
import { type Caller, principalOf } from "../caller.ts";

export type AuditFacts = Partial<
  Pick<AuditEntry, "agentId" | "projectName" | "namespace" | "resourcePath" | "details">
>;

export function success(caller: Caller, action: string, facts: AuditFacts = {}): AuditEntry {
  return { principal: principalOf(caller), action, status: "success", ...facts, origin: caller.origin };
}
