/** Which key signed which token, and how each signing key vouched for the one after it. */

export const sql = `
ALTER TABLE access_tokens ADD COLUMN kid TEXT;
UPDATE access_tokens SET kid =
  (SELECT id FROM server_keys WHERE purpose = 'signing' AND retired_at IS NULL ORDER BY created_at LIMIT 1);
ALTER TABLE project_tokens ADD COLUMN signed_kid TEXT;
CREATE INDEX access_tokens_kid ON access_tokens (kid, expires_at);
CREATE INDEX project_tokens_kid ON project_tokens (signed_kid, expires_at) WHERE signed_kid IS NOT NULL;

-- Public halves only: a statement outlives the key that made it.
CREATE TABLE signing_key_handovers (
  to_kid TEXT NOT NULL PRIMARY KEY,
  from_kid TEXT NOT NULL,
  from_public BLOB NOT NULL CHECK (length(from_public) = 32),
  to_public BLOB NOT NULL CHECK (length(to_public) = 32),
  at INTEGER NOT NULL,
  signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
`;
