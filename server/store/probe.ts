/** For the self-test of permissions: opens and closes a database file, as nobody should be able to after boot. */

import { DatabaseSync } from "node:sqlite";

/** @throws Deno.errors.NotCapable once the file permissions are gone */
export function probeDatabaseFile(path: string): void {
  new DatabaseSync(path).close();
}
