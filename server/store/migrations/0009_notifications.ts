/** Version 9: channels that people are told by, and what each of them has still to be told. */

export const sql = `
CREATE TABLE notification_channels (
  id TEXT NOT NULL PRIMARY KEY,
  channel_type TEXT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  description TEXT,
  severities TEXT NOT NULL CHECK (json_type(severities) = 'array'),
  namespaces TEXT CHECK (json_type(namespaces) = 'array'),
  kek_version INTEGER NOT NULL CHECK (kek_version >= 1),
  wrapped_dek BLOB NOT NULL,
  sealed_body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_channels_kek ON notification_channels (kek_version);
CREATE TABLE notification_deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  channel_id TEXT NOT NULL REFERENCES notification_channels (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  next_attempt_at INTEGER NOT NULL,
  result TEXT,
  settled_at INTEGER,
  UNIQUE (event_id, channel_id)
) STRICT;
CREATE INDEX notification_deliveries_channel ON notification_deliveries (channel_id, state, next_attempt_at);
`;
