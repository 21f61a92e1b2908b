/**
 * What an error of the database means. Deno's driver gives no result code, only SQLite's English text
 * (`sqlite3_errstr` and the constraint messages), which SQLite keeps stable.
 */

/** The medium or the file failed, not the query: nothing of this transaction may be believed. */
const STORAGE_FAULT =
  /database or disk is full|disk I\/O error|readonly database|disk image is malformed|unable to open database|database is locked|database is not open|file is not a database|out of memory/i;

/** Whether the database could not do its work, whoever asked. */
export function isStorageFault(error: unknown): boolean {
  return error instanceof Error && STORAGE_FAULT.test(error.message);
}

/** Whether a row broke `UNIQUE` on exactly these columns, written as `secrets.namespace, secrets.key_path`. */
export function isUniqueViolation(error: unknown, columns: string): boolean {
  return error instanceof Error && error.message.includes(`UNIQUE constraint failed: ${columns}`);
}

/** Whether a row named, or a deletion would leave, a row that is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && error.message.includes("FOREIGN KEY constraint failed");
}
