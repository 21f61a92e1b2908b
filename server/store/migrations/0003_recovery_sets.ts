/** Version 3: which sets of recovery shares were made. Of the shares themselves the server keeps nothing. */

export const sql = `
CREATE TABLE recovery_sets (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 9),
  threshold INTEGER NOT NULL CHECK (threshold BETWEEN 2 AND shares),
  shares INTEGER NOT NULL CHECK (shares <= 200),
  kek_version INTEGER NOT NULL CHECK (kek_version >= 1),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_sets_recent ON recovery_sets (created_at);
`;
