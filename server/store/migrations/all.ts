/** Every migration in order. A new one is appended; a released one is never changed. */

import { sql as initial } from "./0001_initial.ts";
import { sql as events } from "./0002_events.ts";
import { sql as recoverySets } from "./0003_recovery_sets.ts";
import { sql as signingKeys } from "./0004_signing_keys.ts";
import { sql as kekRotations } from "./0005_kek_rotations.ts";
import { sql as auditSinks } from "./0006_audit_sinks.ts";
import { sql as secretVersions } from "./0007_secret_versions.ts";
import { sql as auditProof } from "./0008_audit_proof.ts";
import { sql as notifications } from "./0009_notifications.ts";
import { sql as secretNames } from "./0010_secret_names.ts";
import { sql as runGrants } from "./0011_run_grants.ts";
import { sql as approvalTerms } from "./0012_approval_terms.ts";
import { sql as callers } from "./0013_callers.ts";
import { sql as signLimits } from "./0014_sign_limits.ts";
import { sql as redaction } from "./0015_redaction.ts";
import { sql as people } from "./0016_people.ts";
import { sql as twoPeople } from "./0017_two_people.ts";

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "initial", sql: initial },
  { version: 2, name: "events", sql: events },
  { version: 3, name: "recovery_sets", sql: recoverySets },
  { version: 4, name: "signing_keys", sql: signingKeys },
  { version: 5, name: "kek_rotations", sql: kekRotations },
  { version: 6, name: "audit_sinks", sql: auditSinks },
  { version: 7, name: "secret_versions", sql: secretVersions },
  { version: 8, name: "audit_proof", sql: auditProof },
  { version: 9, name: "notifications", sql: notifications },
  { version: 10, name: "secret_names", sql: secretNames },
  { version: 11, name: "run_grants", sql: runGrants },
  { version: 12, name: "approval_terms", sql: approvalTerms },
  { version: 13, name: "callers", sql: callers },
  { version: 14, name: "sign_limits", sql: signLimits },
  { version: 15, name: "redaction", sql: redaction },
  { version: 16, name: "people", sql: people },
  { version: 17, name: "two_people", sql: twoPeople },
];
