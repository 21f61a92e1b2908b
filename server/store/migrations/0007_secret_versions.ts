/** Version 7: the values that a secret had before its present one. */

export const sql = `
CREATE TABLE secret_versions (
  id TEXT NOT NULL PRIMARY KEY CHECK (id = secret_ref || '@' || version),
  secret_ref TEXT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
  namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE RESTRICT,
  version INTEGER NOT NULL CHECK (version >= 1),
  encoding TEXT NOT NULL CHECK (encoding IN ('utf8', 'base64')),
  kek_version INTEGER NOT NULL CHECK (kek_version >= 1),
  wrapped_dek BLOB NOT NULL,
  sealed_body BLOB NOT NULL,
  written_at INTEGER,
  replaced_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX secret_versions_of ON secret_versions (secret_ref, version);
CREATE INDEX secret_versions_namespace ON secret_versions (namespace);
CREATE INDEX secret_versions_kek ON secret_versions (kek_version);
CREATE INDEX secrets_decoys ON secrets (namespace) WHERE is_honey_token = 1;
CREATE INDEX events_of_agent ON events (agent_id, kind, raised_at) WHERE agent_id IS NOT NULL;
`;
