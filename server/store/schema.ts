/**
 * The tables as TypeScript sees them. The migrations in `migrations/` are the truth; a test compares the two.
 *
 * Times are milliseconds since the epoch, booleans 0 or 1, lists JSON text, keys and digests raw bytes. Columns named
 * `wrapped_dek` and `sealed_body` hold what only an unsealed vault can open; `kek_version` says under which KEK.
 */

import type { Generated, Kysely } from "kysely";
import type {
  AuditCheckpointTable,
  AuditSinkTable,
  AuditTable,
  AuditTailTable,
  AuditTileTable,
} from "./audit_schema.ts";
import type {
  KekRotationTable,
  RecoverySetTable,
  SealedColumns,
  ServerKeyTable,
  SigningKeyHandoverTable,
  VaultSealTable,
} from "./vault_schema.ts";
import type {
  AdminApiTokenTable,
  AdminInvitationTable,
  AdminPasskeyTable,
  AdminRecoveryCodeTable,
  AdminSessionTable,
  AdminUserTable,
} from "./people_schema.ts";
import type { EventTable, NotificationChannelTable, NotificationDeliveryTable } from "./event_schema.ts";

/** Typed access to the tables: the whole database or one transaction of it. */
export type Queries = Kysely<Tables>;

export interface NamespaceTable {
  name: string;
  description: string | null;
  /** Two people have to approve what its agents ask for. */
  two_people: Generated<number>;
  created_at: number;
}

/** A person's approval of a request that waits for another's. */
export interface ApprovalGivenTable {
  /** Of a pending or command grant. */
  request_ref: string;
  person: string;
  /** Hex digest of the request and the terms that it was given for. */
  terms_sha256: string;
  given_at: number;
}

export type SecretType = "KEY_VALUE" | "JSON_CONFIG" | "TEMPLATE_CONFIG" | "SSH_KEY";

export interface SecretTable extends SealedColumns {
  id: string;
  namespace: string;
  key_path: string;
  secret_type: SecretType;
  /** How the value is given back: as its text, or as base64 of bytes that are no text. */
  encoding: "utf8" | "base64";
  description: string | null;
  is_honey_token: number;
  /** May be a value that is too short or too common to be replaced in what programs print. */
  unredactable: Generated<number>;
  /** Counts writes of the value, from 1. */
  version: number;
  created_at: number;
  updated_at: number;
}

/** A value that a secret had before its present one. */
export interface SecretVersionTable extends SealedColumns {
  /** Secret and version, such as `…@3`: what the seal is bound to. */
  id: string;
  secret_ref: string;
  namespace: string;
  version: number;
  encoding: SecretTable["encoding"];
  /** Null where the version before it was gone already. */
  written_at: number | null;
  replaced_at: number;
}

export interface AgentTable {
  id: string;
  namespace: string;
  agent_id: string;
  /** Raw Ed25519 public key, 32 bytes. */
  agent_pub: Uint8Array;
  description: string | null;
  frozen_at: number | null;
  frozen_reason: string | null;
  created_at: number;
  updated_at: number;
}

/** A program that may act for an agent. */
export interface AgentCallerTable {
  agent_ref: string;
  /** Lowercase hex, of the program's file. */
  sha256: string;
  role: "caller" | "parent";
  label: string | null;
  created_at: number;
  created_by: string;
}

/** The stronger ones include the weaker. */
export type LeakReaction = "notify" | "revoke" | "freeze";

export interface PolicyTable {
  id: string;
  policy_name: string;
  agent_pattern: string;
  /** JSON list of patterns. */
  allowed_paths: string;
  denied_paths: string;
  /** What follows when a program of the agent printed a value. */
  on_leak: Generated<LeakReaction>;
  /** Programs of the agent may print values as they are, where the caller asks for it. */
  allow_unredacted: Generated<number>;
  created_at: number;
}

export interface ProjectTable {
  id: string;
  namespace: string;
  project_name: string;
  /** `agents.id`, or null once that agent was deleted. */
  agent_ref: string | null;
  frozen_at: number | null;
  frozen_reason: string | null;
  created_at: number;
  updated_at: number;
}

export interface ProjectTokenTable {
  /** Also the `jti` of the signed form. */
  id: string;
  project_ref: string;
  /** SHA-256 of the opaque token. */
  token_hash: Uint8Array;
  /** JSON object: environment name to key path. */
  env_mappings: string;
  /** JSON list of key paths, sorted. */
  scope: string;
  issued_at: number;
  expires_at: number;
  revoked_at: number | null;
  revoked_reason: string | null;
  /** The key of the signed form, where one was asked for. */
  signed_kid: Generated<string | null>;
}

export interface ProjectGrantTable {
  id: string;
  namespace: string;
  project_name: string;
  secret_ref: string;
  /** As the admin gave it. */
  env_var_name: string | null;
  /** What it comes to, upper case: unique in its project. */
  effective_name: string;
  /** How the value reaches a program. */
  delivery: Generated<Delivery>;
  /** A file that can be read once. */
  read_once: Generated<number>;
  /** Given to approved commands only. */
  bound: Generated<number>;
  /** JSON object: what the key may sign; null for all that it can. */
  sign_limits: Generated<string | null>;
  granted_by: string;
  granted_at: number;
}

/** A variable, a file, only inside a rendered template, or never as a value. */
export type Delivery = "env" | "file" | "template" | "never";

export type CommandGrantStatus = "pending" | "approved" | "denied" | "ended";

/** A request for exactly one command, and what a person said to it. */
export interface CommandGrantTable {
  id: string;
  agent_ref: string;
  namespace: string;
  project_name: string;
  /** JSON list of key paths, sorted. */
  requested_keys: string;
  approved_keys: string | null;
  /** JSON of a `CommandBinding`. */
  binding: string;
  /** Hex digest of all that an approver is shown. */
  request_sha256: string;
  status: CommandGrantStatus;
  note: string | null;
  /** Null: as often as wanted. */
  uses_asked: number | null;
  seconds_asked: number;
  uses_left: number | null;
  valid_until: number | null;
  used: Generated<number>;
  last_used_at: number | null;
  requested_at: number;
  decided_at: number | null;
  decided_by: string | null;
  source_ip: string | null;
  hostname: string | null;
}

/** `once` and `day` end releases when they are over; a token may outlive a `month`. */
export type ApprovalTerm = "once" | "day" | "month";

export type PendingGrantStatus = "pending" | "approved" | "denied" | "expired";

export interface PendingGrantTable {
  id: string;
  agent_ref: string;
  namespace: string;
  project_name: string;
  /** JSON list of key paths, sorted. */
  requested_keys: string;
  approved_keys: string | null;
  status: PendingGrantStatus;
  requested_at: number;
  updated_at: number;
  decided_at: number | null;
  decided_by: string | null;
  auto_approval_until: number | null;
  source_ip: string | null;
  /** JSON of what the newest asker said of itself: program, directory, commit, host. */
  asked_from: Generated<string | null>;
  /** Of who decided. */
  note: Generated<string | null>;
  term: Generated<ApprovalTerm>;
}

export type DeviceStatus = "pending" | "approved" | "denied" | "redeemed" | "locked" | "revoked";

export interface DeviceTable {
  id: string;
  device_code_hash: Uint8Array;
  user_code: string;
  status: DeviceStatus;
  /** Key whose possession the device proved, or null for a client without proofs. */
  agent_pub: Uint8Array | null;
  requested_agent_id: string | null;
  requested_namespace: string | null;
  hostname: string | null;
  os: string | null;
  device_name: string | null;
  agent_ref: string | null;
  source_ip: string | null;
  failed_proofs: number;
  created_at: number;
  expires_at: number;
  decided_at: number | null;
  decided_by: string | null;
  redeemed_at: number | null;
}

/** Every access token of a daemon ever issued, so that it can be revoked. */
export interface AccessTokenTable {
  /** The `jti`. */
  id: string;
  agent_ref: string;
  device_ref: string | null;
  issued_at: number;
  expires_at: number;
  revoked_at: number | null;
  /** The key that signed it. */
  kid: Generated<string | null>;
}

export interface DaemonSessionTable {
  session_id: string;
  agent_ref: string;
  access_token_ref: string;
  attestation_pub: Uint8Array;
  binary_sha256: string;
  daemon_version: string | null;
  daemon_pid: number | null;
  daemon_uid: number | null;
  hostname: string | null;
  boot_id: string | null;
  /** Latest time, in unix seconds, of a signature that was ahead of the server's clock. */
  signed_until: Generated<number>;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  revoked_reason: string | null;
}

export interface AllowedDaemonTable {
  binary_sha256: string;
  version: string | null;
  description: string | null;
  enabled: number;
  created_at: number;
}

export interface AdminTokenTable {
  id: string;
  /** HMAC-SHA-256 of the token under the pepper. */
  token_mac: Uint8Array;
  /** `generated` once, or `environment`, replaced when `ADMIN_TOKEN` changes. */
  origin: "generated" | "environment";
  created_at: number;
}

export interface MigrationTable {
  version: number;
  name: string;
  /** Hex SHA-256 of the migration's text. */
  checksum: string;
  applied_at: number;
}

export interface Tables {
  namespaces: NamespaceTable;
  secrets: SecretTable;
  secret_versions: SecretVersionTable;
  agents: AgentTable;
  agent_callers: AgentCallerTable;
  policies: PolicyTable;
  projects: ProjectTable;
  project_tokens: ProjectTokenTable;
  project_grants: ProjectGrantTable;
  pending_grants: PendingGrantTable;
  command_grants: CommandGrantTable;
  approvals_given: ApprovalGivenTable;
  devices: DeviceTable;
  access_tokens: AccessTokenTable;
  daemon_sessions: DaemonSessionTable;
  allowed_daemons: AllowedDaemonTable;
  audit_log: AuditTable;
  audit_tail: AuditTailTable;
  audit_tiles: AuditTileTable;
  audit_checkpoints: AuditCheckpointTable;
  vault_seal: VaultSealTable;
  server_keys: ServerKeyTable;
  signing_key_handovers: SigningKeyHandoverTable;
  admin_tokens: AdminTokenTable;
  admin_users: AdminUserTable;
  admin_invitations: AdminInvitationTable;
  admin_sessions: AdminSessionTable;
  admin_api_tokens: AdminApiTokenTable;
  admin_passkeys: AdminPasskeyTable;
  admin_recovery_codes: AdminRecoveryCodeTable;
  audit_sinks: AuditSinkTable;
  events: EventTable;
  notification_channels: NotificationChannelTable;
  notification_deliveries: NotificationDeliveryTable;
  recovery_sets: RecoverySetTable;
  kek_rotations: KekRotationTable;
  schema_migrations: MigrationTable;
}
