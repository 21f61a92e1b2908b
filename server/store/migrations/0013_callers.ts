/** Version 13: which programs may act for an agent. An agent without rows may be used by any program of its user. */

export const sql = `
CREATE TABLE agent_callers (
  agent_ref TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('caller', 'parent')),
  label TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (agent_ref, role, sha256)
) STRICT;
`;
