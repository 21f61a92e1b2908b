/**
 * Version 15: what may be seen in the output of programs. A value too short or too common to be replaced in it is stored only with
 * this mark; output comes through as it is only where a policy of the agent says so.
 */

export const sql = `
ALTER TABLE secrets ADD COLUMN unredactable INTEGER NOT NULL DEFAULT 0 CHECK (unredactable IN (0, 1));
ALTER TABLE policies ADD COLUMN allow_unredacted INTEGER NOT NULL DEFAULT 0 CHECK (allow_unredacted IN (0, 1));
`;
