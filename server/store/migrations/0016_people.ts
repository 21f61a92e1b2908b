/** Version 16: people, how they prove who they are, and what lets them act without proving it anew. Secrets of theirs are digests. */

export const sql = `
CREATE TABLE admin_users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  display_name TEXT,
  roles TEXT NOT NULL,
  password_salt BLOB,
  password_hash BLOB,
  password_kdf TEXT,
  oidc_subject TEXT UNIQUE,
  disabled_at INTEGER,
  last_sign_in_at INTEGER,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE admin_invitations (
  id TEXT PRIMARY KEY,
  user_ref TEXT REFERENCES admin_users (id) ON DELETE CASCADE,
  code_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX admin_invitations_by_user ON admin_invitations (user_ref);

CREATE TABLE admin_sessions (
  id TEXT PRIMARY KEY,
  user_ref TEXT NOT NULL REFERENCES admin_users (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  method TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  proven_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  source_ip TEXT,
  user_agent TEXT
) STRICT;
CREATE INDEX admin_sessions_by_user ON admin_sessions (user_ref);

CREATE TABLE admin_api_tokens (
  id TEXT PRIMARY KEY,
  user_ref TEXT NOT NULL REFERENCES admin_users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  rights TEXT NOT NULL,
  namespaces TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX admin_api_tokens_by_user ON admin_api_tokens (user_ref);

CREATE TABLE admin_passkeys (
  id TEXT PRIMARY KEY,
  user_ref TEXT NOT NULL REFERENCES admin_users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  credential_id TEXT NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX admin_passkeys_by_user ON admin_passkeys (user_ref);

CREATE TABLE admin_recovery_codes (
  id TEXT PRIMARY KEY,
  user_ref TEXT NOT NULL REFERENCES admin_users (id) ON DELETE CASCADE,
  code_hash BLOB NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX admin_recovery_codes_by_user ON admin_recovery_codes (user_ref);
`;
