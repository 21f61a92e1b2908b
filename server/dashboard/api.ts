/**
 * The JSON API as the pages call it, from inside: what a page shows or does is what its caller could do over the wire, with the
 * same rights and the same rows in the log.
 */

import type { AuditHead } from "../../shared/audit/head.ts";
import type { AgentSummary } from "../../shared/api/agents.ts";
import type { AllowedCallerSummary } from "../../shared/api/allowed_callers.ts";
import type {
  ApiTokenSummary,
  CreatedApiToken,
  Me,
  PasskeySummary,
  SessionSummary,
} from "../../shared/api/auth.ts";
import type { AuditLogEntry } from "../../shared/api/audit.ts";
import type { AuditSinkSummary } from "../../shared/api/audit_sinks.ts";
import type { VerifyAuditResponse } from "../../shared/api/audit_verify.ts";
import type { ChannelSummary, DeliverySummary } from "../../shared/api/channels.ts";
import type { CommandGrantSummary } from "../../shared/api/command_grants.ts";
import type { AllowedDaemonSummary, DaemonSessionSummary } from "../../shared/api/daemons.ts";
import type { ApproveDeviceResponse, DeviceDetails, DeviceSummary } from "../../shared/api/device_admin.ts";
import type { KekRotationProgress } from "../../shared/api/kek_rotation.ts";
import type { Overview, Waiting } from "../../shared/api/overview.ts";
import type { NamespaceSummary } from "../../shared/api/namespaces.ts";
import type { ApprovedGrant, HalfApproved, PendingGrantSummary } from "../../shared/api/pending_grants.ts";
import type { InvitedPerson, PersonSummary } from "../../shared/api/people.ts";
import type { PolicySummary } from "../../shared/api/policies.ts";
import type { GrantSummary, ProjectSummary } from "../../shared/api/projects.ts";
import type { PolicyTest, Reach, Usage } from "../../shared/api/reach.ts";
import type { GeneratedShares, RecoverySetSummary } from "../../shared/api/recovery.ts";
import type { SecretVersionList, SecretVersionWithValue } from "../../shared/api/secret_versions.ts";
import type { ImportReport, SecretSummary, SecretWithValue } from "../../shared/api/secrets.ts";
import type { SecretUses } from "../../shared/api/secret_uses.ts";
import type { SigningKeySummary } from "../../shared/api/signing_keys.ts";
import type { RouteKey } from "../access_table.ts";
import type { Page } from "../services/paging.ts";

/** What a route answers to a page. Routes that are not here answer with what no page looks at. */
export interface Answers {
  "GET /admin/overview": Overview;
  "GET /admin/waiting": Waiting;
  "GET /admin/waiting/stream": Response;
  "GET /admin/secrets": Page<SecretSummary>;
  "POST /admin/secrets": { readonly id: string };
  "POST /admin/secrets/bulk": ImportReport;
  "GET /admin/secrets/:id": SecretWithValue;
  "GET /admin/secrets/:id/uses": SecretUses;
  "GET /admin/secrets/:id/versions": SecretVersionList;
  "GET /admin/secrets/:id/versions/:version": SecretVersionWithValue;
  "GET /admin/agents": Page<AgentSummary>;
  "GET /admin/agents/:agent_id/allowed-callers": readonly AllowedCallerSummary[];
  "GET /admin/policies": Page<PolicySummary>;
  "GET /admin/policies/test": PolicyTest;
  "GET /admin/reach": Reach;
  "GET /admin/usage": Usage;
  "GET /admin/command-grants": Page<CommandGrantSummary>;
  "GET /admin/projects": Page<ProjectSummary>;
  "GET /admin/projects/:name/grants": Page<GrantSummary>;
  "GET /admin/namespaces": Page<NamespaceSummary>;
  "GET /admin/pending-grants": Page<PendingGrantSummary>;
  "POST /admin/pending-grants/:id/approve": ApprovedGrant | HalfApproved;
  "POST /admin/command-grants/:id/approve": CommandGrantSummary;
  "GET /admin/devices": Page<DeviceSummary>;
  "GET /admin/devices/by-code/:user_code": DeviceDetails;
  "POST /admin/web/device/approve": ApproveDeviceResponse;
  "GET /admin/allowed-daemon-versions": Page<AllowedDaemonSummary>;
  "GET /admin/daemon-sessions": Page<DaemonSessionSummary>;
  "GET /admin/rotate-key": KekRotationProgress;
  "GET /admin/shamir/sets": readonly RecoverySetSummary[];
  "POST /admin/shamir/generate": GeneratedShares;
  "GET /admin/notification-channels": readonly ChannelSummary[];
  "GET /admin/notification-channels/:id/deliveries": readonly DeliverySummary[];
  "POST /admin/notification-channels/:id/test": { readonly delivered: boolean; readonly result: string };
  "GET /admin/people": Page<PersonSummary>;
  "POST /admin/people": InvitedPerson;
  "POST /admin/people/:id/invite": InvitedPerson;
  "GET /admin/me": Me;
  "PUT /admin/me/password": Response;
  "POST /admin/me/recovery-codes": { readonly recovery_codes: readonly string[] };
  "GET /admin/me/passkeys": readonly PasskeySummary[];
  "GET /admin/sessions": readonly SessionSummary[];
  "GET /admin/api-tokens": readonly ApiTokenSummary[];
  "POST /admin/api-tokens": CreatedApiToken;
  "POST /auth/reauthenticate": Response;
  "POST /auth/signout": Response;
  "GET /admin/signing-keys": readonly SigningKeySummary[];
  "GET /.well-known/cortex-audit-head": AuditHead;
  "POST /admin/backup": Response;
  "GET /admin/audit-sinks": readonly AuditSinkSummary[];
  "GET /admin/audit-logs": Page<AuditLogEntry>;
  "GET /admin/audit-logs/:id": AuditLogEntry;
  "POST /admin/audit-logs/verify": VerifyAuditResponse;
}

export interface ApiCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** False for what only follows a look that has its row in the log. */
  readonly audited?: boolean;
}

type AnswerOf<Key extends RouteKey> = Key extends keyof Answers ? Answers[Key] : unknown;

/** @throws VaultError as the route refuses */
export type CallApi = <Key extends RouteKey>(key: Key, call?: ApiCall) => Promise<AnswerOf<Key>>;
