/**
 * Version 10: secrets by the name they are delivered under, which is the last part of the key path in upper case. SQLite
 * has no search from the right: what is trimmed off are all characters but slashes, and so what is left ends with the last one.
 */

export const sql = `
CREATE INDEX secrets_name
  ON secrets (namespace, upper(substr(key_path, length(rtrim(key_path, replace(key_path, '/', ''))) + 1)));
`;
