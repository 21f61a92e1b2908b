/** Verification of the audit log, and what proves it to people outside. */

import { AuditConsistency, AuditHead, AuditRowProof } from "../../shared/audit/head.ts";
import * as z from "zod";
import { VerifyAuditRequest, VerifyAuditResponse } from "../../shared/api/audit_verify.ts";
import { adminEndpoint, publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { AuditProofService } from "../services/audit/proof.ts";
import type { AuditVerificationService } from "../services/audit/verification.ts";

const ConsistencyQuery = z.object({ from: z.coerce.number().int().min(0) });

export function auditProofRoutes(proofs: AuditProofService, verification: AuditVerificationService): Routes {
  return {
    "GET /.well-known/cortex-audit-head": publicEndpoint({ answer: AuditHead }, () => proofs.head()),
    "GET /.well-known/cortex-audit-consistency": publicEndpoint(
      { query: ConsistencyQuery, answer: AuditConsistency },
      ({ query }) => proofs.consistency(query.from),
    ),
    "GET /admin/audit-logs/:id/proof": adminEndpoint(
      { answer: AuditRowProof },
      ({ caller, param }) => proofs.rowProof(caller, param("id")),
    ),
    "POST /admin/audit-logs/verify": adminEndpoint(
      { body: VerifyAuditRequest, bodyOptional: true, answer: VerifyAuditResponse },
      ({ caller, body }) => verification.verify(caller, body),
    ),
  };
}
