/**
 * The database: a connection that reads, a connection that writes, both open from boot to stop. Durable means
 * `synchronous=FULL` in WAL mode: a commit that returned survives a power cut.
 */

import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { StartupError } from "../startup_error.ts";
import { type AuditPages, SqliteAuditPages } from "./audit_pages.ts";
import { prepareDatabaseFile } from "./file.ts";
import { migrate, refuseForeign } from "./migrate.ts";
import type { Migration } from "./migrations/all.ts";
import { ReadCache } from "./read_cache.ts";
import type { Queries } from "./schema.ts";
import { selectsOnly, sqliteQueries } from "./sqlite_dialect.ts";
import { NO_SNAPSHOTS, snapshotsOf, type SnapshotSource } from "./snapshot.ts";
import { StatementCache } from "./statements.ts";
import { SqliteWriter, type Writer } from "./writer.ts";

/** A database in memory, for tests: readers share the writer's connection and see what is not committed yet. */
export const IN_MEMORY = ":memory:";

export interface Store {
  /** Typed queries that see what is committed. */
  readonly reader: Queries;
  /** The audit log in its order. */
  readonly auditPages: AuditPages;
  /** For the ledger alone. */
  readonly writer: Writer;
  /** For backups: the database as it is at one moment. */
  readonly snapshots: SnapshotSource;
  /**
   * Writes the write-ahead log into the file and cuts it off, so that nothing that was deleted is left in either. To be called
   * outside of works. False while another connection still looks at an older state.
   */
  overwriteDeleted(): boolean;
  /** What was wrong with the file and has been put right, for the log. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly testOnlyMigrations?: readonly Migration[];
}

/** How long a query waits for another program on the same file, such as a backup. */
const BUSY_MILLISECONDS = 2_000;

/** What is deleted is overwritten; temporary data never goes to disk; the log is cut back after a checkpoint; views and triggers run no foreign code. */
const PRAGMAS = `
PRAGMA busy_timeout = ${BUSY_MILLISECONDS};
PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA cache_size = -8000;
PRAGMA journal_size_limit = 16777216;
`;

/**
 * Opens the database at a path, making and migrating it as needed.
 * @throws StartupError where the file cannot be used
 */
export async function openStore(path: string, clock: Clock, options: StoreOptions = {}): Promise<Store> {
  const warnings = path === IN_MEMORY ? [] : prepareDatabaseFile(path);
  const writing = openWriting(path);
  try {
    migrate(writing, { clock, ...options });
    return assemble(path, writing, warnings);
  } catch (error) {
    writing.close();
    throw asStartupError(error);
  }
}

function openWriting(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path);
    db.exec(PRAGMAS);
    refuseForeign(db);
    db.exec("PRAGMA journal_mode = WAL");
    return db;
  } catch (error) {
    throw asStartupError(error);
  }
}

function assemble(path: string, writing: DatabaseSync, warnings: readonly string[]): Store {
  const reading = path === IN_MEMORY ? writing : openReading(path);
  const snapshots = path === IN_MEMORY ? NO_SNAPSHOTS : snapshotsOf(openReading(path));
  const cache = new ReadCache();
  return {
    auditPages: new SqliteAuditPages(reading),
    reader: sqliteQueries(new StatementCache(reading), selectsOnly, cache),
    writer: new SqliteWriter(writing, () => cache.clear()),
    snapshots,
    overwriteDeleted: () => cutLogOff(writing),
    warnings,
    close: async () => {
      snapshots.close();
      if (reading !== writing) reading.close();
      writing.close();
    },
  };
}

/** Waits for nobody: the event loop would stand still meanwhile. */
function cutLogOff(writing: DatabaseSync): boolean {
  if (writing.isTransaction) return false;
  writing.exec("PRAGMA busy_timeout = 0");
  try {
    return writing.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
  } finally {
    writing.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`);
  }
}

/** Reads once, so that the log and its index are open before the program gives its file permissions up. */
function openReading(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec(PRAGMAS);
  db.prepare("SELECT count(*) FROM schema_migrations").get();
  return db;
}

function asStartupError(error: unknown): Error {
  if (error instanceof StartupError) return error;
  const reason = error instanceof Error ? error.message : "unknown reason";
  return new StartupError(`The database cannot be opened: ${reason}`);
}
