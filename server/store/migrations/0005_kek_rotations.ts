/** Version 5: rotations of the KEK. While one runs, its row leads from either password to both keys. */

export const sql = `
CREATE TABLE kek_rotations (
  to_version INTEGER NOT NULL PRIMARY KEY,
  from_version INTEGER NOT NULL CHECK (from_version >= 1 AND from_version = to_version - 1),
  state TEXT NOT NULL CHECK (state IN ('running', 'completed')),
  old_kdf TEXT CHECK (old_kdf IS NULL OR json_type(old_kdf) = 'object'),
  old_salt BLOB,
  old_sentinel BLOB,
  old_kek_under_new BLOB,
  new_kek_under_old BLOB,
  rows_total INTEGER NOT NULL CHECK (rows_total >= 0),
  rows_rewrapped INTEGER NOT NULL CHECK (rows_rewrapped >= 0),
  secrets_rewrapped INTEGER NOT NULL CHECK (secrets_rewrapped >= 0),
  begun_at INTEGER NOT NULL,
  completed_at INTEGER,
  CHECK ((state = 'running') = (completed_at IS NULL)),
  CHECK ((state = 'running') = (old_kdf IS NOT NULL)),
  CHECK ((state = 'running') = (old_salt IS NOT NULL)),
  CHECK ((state = 'running') = (old_sentinel IS NOT NULL)),
  CHECK ((state = 'running') = (old_kek_under_new IS NOT NULL)),
  CHECK ((state = 'running') = (new_kek_under_old IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX kek_rotations_running ON kek_rotations (state) WHERE state = 'running';
CREATE INDEX server_keys_kek ON server_keys (kek_version);
`;
