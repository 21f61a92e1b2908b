/** The services around the audit log, which share the tree over it. */

import { AuditLogService } from "./audit/log.ts";
import { AuditProofService } from "./audit/proof.ts";
import { AuditRetention } from "./audit/retention.ts";
import { AuditSinkService } from "./audit/sinks.ts";
import { AuditTreeKeeper } from "./audit/tree.ts";
import { AuditVerificationService } from "./audit/verification.ts";
import type { ServiceDeps } from "./deps.ts";

export function createAuditSide(deps: ServiceDeps) {
  const auditTree = new AuditTreeKeeper(deps);
  const auditProof = new AuditProofService(deps, auditTree);
  return {
    auditLog: new AuditLogService(deps),
    auditProof,
    auditRetention: new AuditRetention(deps, auditProof.tree, auditTree),
    auditSinks: new AuditSinkService(deps),
    auditTree,
    auditVerification: new AuditVerificationService(deps, auditTree),
  };
}
