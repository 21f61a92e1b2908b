/**
 * Version 11: how a granted value reaches a program, and grants for exactly one command. A grant that is `bound` gives its
 * value to such commands only; a command grant is a person's answer to an agent's request, and counts its own uses.
 */

export const sql = `
ALTER TABLE project_grants ADD COLUMN delivery TEXT NOT NULL DEFAULT 'env'
  CHECK (delivery IN ('env', 'file', 'template', 'never'));
ALTER TABLE project_grants ADD COLUMN read_once INTEGER NOT NULL DEFAULT 0 CHECK (read_once IN (0, 1));
ALTER TABLE project_grants ADD COLUMN bound INTEGER NOT NULL DEFAULT 0 CHECK (bound IN (0, 1));

CREATE TABLE command_grants (
  id TEXT PRIMARY KEY NOT NULL,
  agent_ref TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  namespace TEXT NOT NULL,
  project_name TEXT NOT NULL,
  requested_keys TEXT NOT NULL,
  approved_keys TEXT,
  binding TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'ended')),
  note TEXT,
  uses_asked INTEGER CHECK (uses_asked > 0),
  seconds_asked INTEGER NOT NULL CHECK (seconds_asked > 0),
  uses_left INTEGER CHECK (uses_left >= 0),
  valid_until INTEGER,
  used INTEGER NOT NULL DEFAULT 0,
  last_used_at INTEGER,
  requested_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT,
  source_ip TEXT,
  hostname TEXT
) STRICT;

CREATE INDEX command_grants_project ON command_grants (agent_ref, namespace, project_name, status);
CREATE INDEX command_grants_status ON command_grants (status, requested_at);
`;
