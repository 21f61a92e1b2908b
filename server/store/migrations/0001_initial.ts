/**
 * Version 1 of the tables, as `../schema.ts` types them. A migration that was released is never edited: its checksum
 * is in every database that ran it.
 */

export const sql = `
CREATE TABLE namespaces (
  name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
  description TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE RESTRICT,
  key_path TEXT NOT NULL CHECK (length(key_path) BETWEEN 1 AND 255),
  secret_type TEXT NOT NULL CHECK (secret_type IN ('KEY_VALUE', 'JSON_CONFIG', 'TEMPLATE_CONFIG', 'SSH_KEY')),
  encoding TEXT NOT NULL CHECK (encoding IN ('utf8', 'base64')),
  description TEXT,
  is_honey_token INTEGER NOT NULL CHECK (is_honey_token IN (0, 1)),
  version INTEGER NOT NULL CHECK (version >= 1),
  kek_version INTEGER NOT NULL CHECK (kek_version >= 1),
  wrapped_dek BLOB NOT NULL,
  sealed_body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX secrets_path ON secrets (namespace, key_path);
CREATE INDEX secrets_by_path ON secrets (key_path);
CREATE INDEX secrets_kek ON secrets (kek_version);

CREATE TABLE agents (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE RESTRICT,
  agent_id TEXT NOT NULL CHECK (length(agent_id) BETWEEN 1 AND 64),
  agent_pub BLOB NOT NULL CHECK (length(agent_pub) = 32),
  description TEXT,
  frozen_at INTEGER,
  frozen_reason TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX agents_name ON agents (namespace, agent_id);
CREATE INDEX agents_by_id ON agents (agent_id);

CREATE TABLE policies (
  id TEXT NOT NULL PRIMARY KEY,
  policy_name TEXT NOT NULL UNIQUE,
  agent_pattern TEXT NOT NULL,
  allowed_paths TEXT NOT NULL CHECK (json_type(allowed_paths) = 'array'),
  denied_paths TEXT NOT NULL CHECK (json_type(denied_paths) = 'array'),
  on_leak TEXT NOT NULL DEFAULT 'notify' CHECK (on_leak IN ('notify', 'revoke', 'freeze')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE RESTRICT,
  project_name TEXT NOT NULL CHECK (length(project_name) BETWEEN 1 AND 128),
  agent_ref TEXT REFERENCES agents (id) ON DELETE SET NULL,
  frozen_at INTEGER,
  frozen_reason TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX projects_name ON projects (namespace, project_name);
CREATE INDEX projects_by_name ON projects (project_name);
CREATE INDEX projects_agent ON projects (agent_ref);

CREATE TABLE project_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  project_ref TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  env_mappings TEXT NOT NULL CHECK (json_type(env_mappings) = 'object'),
  scope TEXT NOT NULL CHECK (json_type(scope) = 'array'),
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT
) STRICT;
CREATE INDEX project_tokens_project ON project_tokens (project_ref, issued_at);

CREATE TABLE project_grants (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE RESTRICT,
  project_name TEXT NOT NULL CHECK (length(project_name) BETWEEN 1 AND 128),
  secret_ref TEXT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
  env_var_name TEXT,
  effective_name TEXT NOT NULL CHECK (length(effective_name) BETWEEN 1 AND 255),
  granted_by TEXT NOT NULL,
  granted_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX project_grants_name ON project_grants (namespace, project_name, effective_name);
CREATE INDEX project_grants_project ON project_grants (project_name);
CREATE INDEX project_grants_secret ON project_grants (secret_ref);

CREATE TABLE pending_grants (
  id TEXT NOT NULL PRIMARY KEY,
  agent_ref TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE RESTRICT,
  project_name TEXT NOT NULL CHECK (length(project_name) BETWEEN 1 AND 128),
  requested_keys TEXT NOT NULL CHECK (json_type(requested_keys) = 'array'),
  approved_keys TEXT CHECK (approved_keys IS NULL OR json_type(approved_keys) = 'array'),
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'expired')),
  requested_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT,
  auto_approval_until INTEGER,
  source_ip TEXT
) STRICT;
CREATE INDEX pending_grants_key ON pending_grants (agent_ref, project_name, namespace);
CREATE INDEX pending_grants_recent ON pending_grants (requested_at);

CREATE TABLE devices (
  id TEXT NOT NULL PRIMARY KEY,
  device_code_hash BLOB NOT NULL UNIQUE CHECK (length(device_code_hash) = 32),
  user_code TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('pending', 'approved', 'denied', 'redeemed', 'locked', 'revoked')),
  agent_pub BLOB CHECK (agent_pub IS NULL OR length(agent_pub) = 32),
  requested_agent_id TEXT,
  requested_namespace TEXT,
  hostname TEXT,
  os TEXT,
  device_name TEXT,
  agent_ref TEXT REFERENCES agents (id) ON DELETE SET NULL,
  source_ip TEXT,
  failed_proofs INTEGER NOT NULL CHECK (failed_proofs >= 0),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT,
  redeemed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX devices_waiting_code ON devices (user_code) WHERE status = 'pending';
CREATE INDEX devices_code ON devices (user_code);
CREATE INDEX devices_agent ON devices (agent_ref);
CREATE INDEX devices_recent ON devices (created_at);

CREATE TABLE access_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  agent_ref TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  device_ref TEXT REFERENCES devices (id) ON DELETE SET NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX access_tokens_agent ON access_tokens (agent_ref);
CREATE INDEX access_tokens_device ON access_tokens (device_ref);

CREATE TABLE daemon_sessions (
  session_id TEXT NOT NULL PRIMARY KEY,
  agent_ref TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  access_token_ref TEXT NOT NULL REFERENCES access_tokens (id) ON DELETE CASCADE,
  attestation_pub BLOB NOT NULL CHECK (length(attestation_pub) = 32),
  binary_sha256 TEXT NOT NULL,
  daemon_version TEXT,
  daemon_pid INTEGER,
  daemon_uid INTEGER,
  hostname TEXT,
  boot_id TEXT,
  signed_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT
) STRICT;
CREATE INDEX daemon_sessions_agent ON daemon_sessions (agent_ref, hostname);
CREATE INDEX daemon_sessions_access ON daemon_sessions (access_token_ref);
CREATE INDEX daemon_sessions_binary ON daemon_sessions (binary_sha256);
CREATE INDEX daemon_sessions_recent ON daemon_sessions (created_at);

CREATE TABLE allowed_daemons (
  binary_sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(binary_sha256) = 64),
  version TEXT,
  description TEXT,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
  seq INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  principal TEXT NOT NULL,
  action TEXT NOT NULL,
  status TEXT NOT NULL,
  agent_id TEXT,
  project_name TEXT,
  namespace TEXT,
  resource_path TEXT,
  details TEXT CHECK (details IS NULL OR json_type(details) = 'object'),
  request_id TEXT,
  source_ip TEXT,
  caller_pid INTEGER,
  caller_binary_sha256 TEXT,
  caller_argv_hash TEXT,
  caller_cwd TEXT,
  caller_git_commit TEXT,
  hostname TEXT,
  os TEXT,
  prev_mac BLOB NOT NULL CHECK (length(prev_mac) = 32),
  mac BLOB NOT NULL CHECK (length(mac) = 32)
) STRICT;
CREATE INDEX audit_at ON audit_log (at);
CREATE INDEX audit_action ON audit_log (action);
CREATE INDEX audit_agent ON audit_log (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX audit_project ON audit_log (project_name) WHERE project_name IS NOT NULL;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'audit rows are never changed');
END;

CREATE TABLE vault_seal (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  kdf TEXT NOT NULL CHECK (json_type(kdf) = 'object'),
  salt BLOB NOT NULL CHECK (length(salt) >= 16),
  sentinel BLOB NOT NULL,
  kek_version INTEGER NOT NULL CHECK (kek_version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE server_keys (
  id TEXT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('signing', 'audit_mac', 'token_pepper')),
  public_key BLOB CHECK (public_key IS NULL OR length(public_key) = 32),
  kek_version INTEGER NOT NULL CHECK (kek_version >= 1),
  wrapped_dek BLOB NOT NULL,
  sealed_body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;
CREATE INDEX server_keys_purpose ON server_keys (purpose, created_at);
-- The audit chain and the stored token hashes hang on these two: there is one of each, for ever.
CREATE UNIQUE INDEX server_keys_single ON server_keys (purpose) WHERE purpose IN ('audit_mac', 'token_pepper');

CREATE TABLE admin_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  token_mac BLOB NOT NULL CHECK (length(token_mac) = 32),
  origin TEXT NOT NULL UNIQUE CHECK (origin IN ('generated', 'environment')),
  created_at INTEGER NOT NULL
) STRICT;

INSERT INTO namespaces (name, description, created_at)
VALUES ('default', NULL, CAST(unixepoch('subsec') * 1000 AS INTEGER));
`;
