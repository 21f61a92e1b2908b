/** Version 2: events that people are told of, written in the transaction of what happened. */

export const sql = `
CREATE TABLE events (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  namespace TEXT,
  agent_id TEXT,
  project_name TEXT,
  resource_path TEXT,
  source_ip TEXT,
  facts TEXT NOT NULL CHECK (json_type(facts) = 'object'),
  raised_at INTEGER NOT NULL,
  dispatched_at INTEGER
) STRICT;
CREATE INDEX events_waiting ON events (raised_at) WHERE dispatched_at IS NULL;
`;
