/**
 * Version 17: namespaces whose requests two people have to approve, and who has approved so far. Of one person the newest word
 * counts; two count together where they are about the same request on the same terms.
 */

export const sql = `
ALTER TABLE namespaces ADD COLUMN two_people INTEGER NOT NULL DEFAULT 0 CHECK (two_people IN (0, 1));

CREATE TABLE approvals_given (
  request_ref TEXT NOT NULL,
  person TEXT NOT NULL,
  terms_sha256 TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  PRIMARY KEY (request_ref, person)
) STRICT;
`;
