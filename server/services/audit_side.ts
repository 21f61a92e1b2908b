/** The services around the audit log, which share the tree over it. */

import { AuditLogService } from "./audit_log.ts";
import { AuditProofService } from "./audit_proof.ts";
import { AuditRetention } from "./audit_retention.ts";
import { AuditSinkService } from "./audit_sinks.ts";
import { AuditTreeKeeper } from "./audit_tree.ts";
import { AuditVerificationService } from "./audit_verification.ts";
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
