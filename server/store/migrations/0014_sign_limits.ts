/** Version 14: what the key behind a grant may sign; null for all that it can. */

export const sql = `
ALTER TABLE project_grants ADD COLUMN sign_limits TEXT
  CHECK (sign_limits IS NULL OR json_type(sign_limits) = 'object');
`;
