/** How far each audit sink beside the database has come. */

export const sql = `
CREATE TABLE audit_sinks (
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  delivered_seq INTEGER NOT NULL CHECK (delivered_seq >= 0),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, target)
) STRICT, WITHOUT ROWID;
`;
