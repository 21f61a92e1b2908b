/**
 * The tables as TypeScript sees them. The migrations in `migrations/` are the truth; a test compares the two.
 *
 * Times are milliseconds since the epoch, booleans 0 or 1, lists JSON text, keys and digests raw bytes. Columns named
 * `wrapped_dek` and `sealed_body` hold what only an unsealed vault can open; `kek_version` says under which KEK.
 */

import type { Generated, Kysely } from "kysely";

/** Typed access to the tables: the whole database or one transaction of it. */
export type Queries = Kysely<Tables>;

/** The two halves of an envelope, see `server/vault/envelope.ts`. */
export interface SealedColumns {
  kek_version: number;
  wrapped_dek: Uint8Array;
  sealed_body: Uint8Array;
}

export interface NamespaceTable {
  name: string;
  description: string | null;
  created_at: number;
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
  granted_by: string;
  granted_at: number;
}

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

/** Append-only. Every column but `mac` is covered by the MAC. */
export interface AuditTable {
  seq: number;
  id: string;
  at: number;
  /** Who acted: `admin`, `agent:<id>`, `system`, or `anonymous`. */
  principal: string;
  action: string;
  status: string;
  agent_id: string | null;
  project_name: string | null;
  namespace: string | null;
  resource_path: string | null;
  /** JSON object of further facts: names, counts, codes; never values. */
  details: string | null;
  request_id: string | null;
  source_ip: string | null;
  caller_pid: number | null;
  caller_binary_sha256: string | null;
  caller_argv_hash: string | null;
  caller_cwd: string | null;
  caller_git_commit: string | null;
  hostname: string | null;
  os: string | null;
  prev_mac: Uint8Array;
  mac: Uint8Array;
}

/** One row: where the log ends. */
export interface AuditTailTable {
  id: number;
  seq: number;
  mac: Uint8Array;
  /** Over `seq` and `mac`, under the audit key. */
  record_mac: Uint8Array;
}

/** A node of the tree over 256 rows: those from `tile` * 256 + 1 on. */
export interface AuditTileTable {
  tile: number;
  root: Uint8Array;
  /** 256 leaves, once their rows have left the log. */
  leaves: Uint8Array | null;
}

/** Stands for all rows up to `seq`, which have left the log or are about to. */
export interface AuditCheckpointTable {
  seq: number;
  /** Of the row of that number. */
  mac: Uint8Array;
  /** Of the tree up to that row. */
  root: Uint8Array;
  created_at: number;
  signature: Uint8Array;
}

/** One row: how the KEK is derived and how a password is proved. */
export interface VaultSealTable {
  id: Generated<number>;
  /** KDF parameters as JSON, see `server/vault/kdf.ts`. */
  kdf: string;
  salt: Uint8Array;
  sentinel: Uint8Array;
  kek_version: number;
  created_at: number;
  updated_at: number;
}

/** Long-lived keys of the server itself, sealed like secrets. */
export interface ServerKeyTable extends SealedColumns {
  /** For signing keys, the `kid`. */
  id: string;
  purpose: "signing" | "audit_mac" | "token_pepper";
  /** Public half of a signing key. */
  public_key: Uint8Array | null;
  created_at: number;
  retired_at: number | null;
}

/** How each signing key vouched for the one after it, see `shared/proofs/key_handover.ts`. */
export interface SigningKeyHandoverTable {
  to_kid: string;
  from_kid: string;
  from_public: Uint8Array;
  to_public: Uint8Array;
  at: number;
  signature: Uint8Array;
}

/** How far each audit sink has come; where it goes tells it apart. */
export interface AuditSinkTable {
  kind: string;
  target: string;
  delivered_seq: number;
  updated_at: number;
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

/** What people are told of; see `server/events`. */
export interface EventTable {
  id: string;
  kind: string;
  namespace: string | null;
  agent_id: string | null;
  project_name: string | null;
  resource_path: string | null;
  source_ip: string | null;
  /** JSON object of further facts: names, counts, codes; never values. */
  facts: string;
  raised_at: number;
  /** When it was handed to the channels. */
  dispatched_at: number | null;
}

/** Sets of recovery shares that were made. Of the shares the server keeps nothing. */
export interface RecoverySetTable {
  /** As it is printed at the beginning of each share. */
  id: string;
  threshold: number;
  shares: number;
  /** The KEK that was split: shares of an older one open nothing. */
  kek_version: number;
  created_at: number;
}

/** Rotations of the KEK. The nullable columns are there while one runs, and overwritten when it is complete. */
export interface KekRotationTable {
  to_version: number;
  from_version: number;
  state: "running" | "completed";
  /** How the old password is proved. */
  old_kdf: string | null;
  old_salt: Uint8Array | null;
  old_sentinel: Uint8Array | null;
  /** Each key sealed under the other, so that either password opens the vault. */
  old_kek_under_new: Uint8Array | null;
  new_kek_under_old: Uint8Array | null;
  /** Sealed rows when it began, and what was re-wrapped since. */
  rows_total: number;
  rows_rewrapped: number;
  /** Of these, how many were values of secrets. */
  secrets_rewrapped: number;
  begun_at: number;
  completed_at: number | null;
}

/** Where people are told of events; the configuration is the sealed body. */
export interface NotificationChannelTable extends SealedColumns {
  id: string;
  channel_type: string;
  name: string;
  enabled: number;
  description: string | null;
  /** JSON list of severities. */
  severities: string;
  /** JSON list of names; null for every namespace. */
  namespaces: string | null;
  created_at: number;
  updated_at: number;
}

/** One event on its way to one channel. */
export interface NotificationDeliveryTable {
  id: string;
  event_id: string;
  channel_id: string;
  state: "waiting" | "delivered" | "failed";
  attempts: number;
  next_attempt_at: number;
  /** What came of the last attempt: a status or a kind of failure, never what a receiver wrote. */
  result: string | null;
  settled_at: number | null;
}

export interface Tables {
  namespaces: NamespaceTable;
  secrets: SecretTable;
  secret_versions: SecretVersionTable;
  agents: AgentTable;
  policies: PolicyTable;
  projects: ProjectTable;
  project_tokens: ProjectTokenTable;
  project_grants: ProjectGrantTable;
  pending_grants: PendingGrantTable;
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
  audit_sinks: AuditSinkTable;
  events: EventTable;
  notification_channels: NotificationChannelTable;
  notification_deliveries: NotificationDeliveryTable;
  recovery_sets: RecoverySetTable;
  kek_rotations: KekRotationTable;
  schema_migrations: MigrationTable;
}
