/** A vault's database, looked at as it is at one moment: nothing is written, whoever else has it open. */

import { DatabaseSync } from "node:sqlite";
import { StartupError } from "../startup_error.ts";
import { type AuditPages, SqliteAuditPages } from "./audit_pages.ts";
import { MIGRATIONS } from "./migrations/all.ts";
import type { Queries } from "./schema.ts";
import { selectsOnly, sqliteQueries } from "./sqlite_dialect.ts";
import { StatementCache } from "./statements.ts";

/** What a log is verified with; somebody may have dropped them. */
const PROVING = ["audit_log", "audit_tail", "audit_tiles", "audit_checkpoints", "vault_seal", "server_keys"];

export interface ReadOnlyStore extends Disposable {
  readonly reader: Queries;
  readonly auditPages: AuditPages;
}

/** @throws StartupError for what is no vault of this release */
export function openReadOnly(path: string): ReadOnlyStore {
  const wasAlone = companionsOf(path).length === 0;
  const connection = open(path);
  const close = () => {
    connection.close();
    if (wasAlone && companionsOf(path).length > 0) tidy(path);
  };
  try {
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cache_size = -64000; BEGIN");
    checkVersion(connection);
    for (const table of PROVING) connection.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get();
    return {
      reader: sqliteQueries(new StatementCache(connection), selectsOnly),
      auditPages: new SqliteAuditPages(connection),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    if (error instanceof StartupError) throw error;
    throw new StartupError("The file is no vault of CortexAuth; name its database");
  }
}

function open(path: string): DatabaseSync {
  try {
    if (Deno.statSync(path).isFile) return new DatabaseSync(path, { readOnly: true });
  } catch {
    // Said below.
  }
  throw new StartupError("The database cannot be read; name the file itself, as its owner");
}

/** What SQLite keeps beside a database, as far as it is there. */
function companionsOf(path: string): readonly string[] {
  return [`${path}-wal`, `${path}-shm`].filter((name) => {
    try {
      return Deno.statSync(name).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * A connection that only reads leaves these files behind; one that could write takes them away as it closes, under
 * SQLite's own locks and only if nobody else has the database open. The database stays as it is: there is nothing in them.
 */
function tidy(path: string): void {
  try {
    using connection = new DatabaseSync(path);
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch {
    // Where we may not write they stay: they hold nothing and do no harm.
  }
}

function checkVersion(connection: DatabaseSync): void {
  const version = connection.prepare("SELECT max(version) AS version FROM schema_migrations").get()
    ?.["version"];
  if (version === MIGRATIONS.length) return;
  throw new StartupError(
    "The database is of another release; verify a copy with the cortex-server that it belongs to",
  );
}
