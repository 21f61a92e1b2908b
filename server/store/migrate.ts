/**
 * Brings a database to the newest version, one migration per transaction. Refuses what it cannot vouch for: a
 * database newer than the program, an edited migration, a file that belongs to something else.
 */

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { StartupError } from "../startup_error.ts";
import { type Migration, MIGRATIONS } from "./migrations/all.ts";

/** "CxAu": tells our files from other SQLite databases. */
const APPLICATION_ID = 0x43784175;

const BOOKKEEPING = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL CHECK (length(checksum) = 64),
  applied_at INTEGER NOT NULL
) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
`;

/** A migration as a database remembers it. */
export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  /** Hex SHA-256 of its text. */
  readonly checksum: string;
}

export interface MigrateOptions {
  readonly clock: Clock;
  /** Leaves out later migrations: for the tables of an older archive. */
  readonly upTo?: number;
  readonly testOnlyMigrations?: readonly Migration[];
}

/**
 * Applies what is missing.
 * @throws StartupError where the database is newer, changed or foreign
 */
export function migrate(db: DatabaseSync, options: MigrateOptions): void {
  const migrations = options.testOnlyMigrations ?? MIGRATIONS;
  db.exec(BOOKKEEPING);
  const done = appliedVersions(db);
  refuseNewer(done, migrations);
  for (const migration of migrations) {
    if (migration.version > (options.upTo ?? Infinity)) break;
    const applied = done.get(migration.version);
    if (applied === undefined) apply(db, migration, options.clock);
    else refuseChanged(migration, applied);
  }
}

/** What is wrong with the migrations that some other database had, or undefined: its rows fit then. */
export function misfitOf(applied: readonly AppliedMigration[]): "newer" | "changed" | undefined {
  const known = new Map(MIGRATIONS.map(({ version, sql }) => [version, sha256Hex(sql)]));
  if (applied.some(({ version }) => !known.has(version))) return "newer";
  return applied.every(({ version, checksum }) => known.get(version) === checksum) ? undefined : "changed";
}

/**
 * Looks before anything is written.
 * @throws StartupError where the file is a database of another program
 */
export function refuseForeign(db: DatabaseSync): void {
  const id = db.prepare("PRAGMA application_id").get()?.["application_id"];
  const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"];
  if (id !== APPLICATION_ID && tables !== 0) {
    throw new StartupError(
      "The database belongs to another program; point DATABASE_URL at a new file or at a database of CortexAuth",
    );
  }
}

function appliedVersions(db: DatabaseSync): Map<number, string> {
  const rows = db.prepare("SELECT version, checksum FROM schema_migrations").all();
  return new Map(rows.map((row) => [Number(row["version"]), String(row["checksum"])]));
}

function refuseNewer(done: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const newest = Math.max(0, ...done.keys());
  const known = migrations.at(-1)?.version ?? 0;
  if (newest <= known) return;
  throw new StartupError(
    `The database has version ${newest} and this program knows versions up to ${known}; start the newer program`,
  );
}

function refuseChanged(migration: Migration, applied: string): void {
  if (sha256Hex(migration.sql) === applied) return;
  throw new StartupError(
    `Migration ${migration.version} (${migration.name}) differs from the one that made this database; ` +
      "use the program it was made with, or restore a backup",
  );
}

function apply(db: DatabaseSync, migration: Migration, clock: Clock): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(migration.sql);
    db.prepare("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)")
      .run(migration.version, migration.name, sha256Hex(migration.sql), clock.now());
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
