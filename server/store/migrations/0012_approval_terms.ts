/**
 * Version 12: what an approver is shown of who asks, and for how long a decision is meant. `once` and `day` end releases
 * too; `month` is the term that approvals had before, which a token may outlive.
 */

export const sql = `
ALTER TABLE pending_grants ADD COLUMN asked_from TEXT;
ALTER TABLE pending_grants ADD COLUMN note TEXT;
ALTER TABLE pending_grants ADD COLUMN term TEXT NOT NULL DEFAULT 'month'
  CHECK (term IN ('once', 'day', 'month'));
`;
