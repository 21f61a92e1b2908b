/** What proves the audit log: where it ends, the tree over it, and what stands for rows that have left it by their age. */

export const sql = `
-- The newest row, under a MAC of its own: rows cut off the end are missed.
CREATE TABLE audit_tail (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL CHECK (seq >= 1),
  mac BLOB NOT NULL CHECK (length(mac) = 32),
  record_mac BLOB NOT NULL CHECK (length(record_mac) = 32)
) STRICT;

-- The tree's nodes over 256 leaves each; the leaves themselves once their rows are gone.
CREATE TABLE audit_tiles (
  tile INTEGER NOT NULL PRIMARY KEY CHECK (tile >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  leaves BLOB CHECK (leaves IS NULL OR length(leaves) = 8192)
) STRICT;

CREATE TABLE audit_checkpoints (
  seq INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 256 AND seq % 256 = 0),
  mac BLOB NOT NULL CHECK (length(mac) = 32),
  root BLOB NOT NULL CHECK (length(root) = 32),
  created_at INTEGER NOT NULL,
  signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
`;
