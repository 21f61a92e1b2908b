/**
 * Fills a new database from outside, table by table, in one transaction: a restore. Foreign keys and the database itself
 * are checked at the end; until then, and unless that goes well, there is nothing in it.
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { isStorageFault } from "./faults.ts";
import { prepareDatabaseFile } from "./file.ts";
import { migrate } from "./migrate.ts";
import type { StoredValue } from "./snapshot.ts";
import { toSqlValue } from "./sqlite_dialect.ts";

/** No application reads this file while it is filled, so nothing is checked in between. */
const PRAGMAS = `
PRAGMA foreign_keys = OFF;
PRAGMA trusted_schema = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -64000;
`;

export class BulkWriter {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #known: ReadonlySet<string>;
  #insert: StatementSync | undefined;

  /** Makes a database whose tables have the form of an older or the newest migration. @throws StartupError */
  constructor(path: string, clock: Clock, upTo: number) {
    prepareDatabaseFile(path);
    this.#clock = clock;
    this.#db = new DatabaseSync(path);
    this.#db.exec(PRAGMAS);
    migrate(this.#db, { clock, upTo });
    const tables = this.#db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    this.#known = new Set(tables.map((row) => String(row["name"])));
    this.#db.exec("BEGIN IMMEDIATE");
  }

  /** Rows from now on are of this table. What a migration put into it goes. @throws VaultError `archive.damaged` */
  beginTable(name: string, columns: readonly string[]): void {
    if (!this.#known.has(name) || columns.length === 0) throw misfit();
    const list = columns.map((column) => `"${column.replaceAll('"', "")}"`).join(", ");
    const places = columns.map(() => "?").join(", ");
    this.#db.exec(`DELETE FROM "${name}"`);
    this.#insert = orMisfit(() => this.#db.prepare(`INSERT INTO "${name}" (${list}) VALUES (${places})`));
  }

  /** @throws VaultError `archive.damaged` where the table does not take the row */
  row(values: readonly StoredValue[]): void {
    orMisfit(() => this.#insert?.run(...values.map(toSqlValue)));
  }

  /** Makes the rows durable, brings the tables to the newest form and looks whether all fits together. */
  finish(): void {
    orMisfit(() => this.#db.exec("COMMIT"));
    migrate(this.#db, { clock: this.#clock });
    const [dangling] = this.#db.prepare("PRAGMA foreign_key_check").all();
    const sound = this.#db.prepare("PRAGMA quick_check").get()?.["quick_check"];
    if (dangling !== undefined || sound !== "ok") throw misfit();
    this.close();
  }

  /** Without `finish` before it, nothing of the rows stays. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function orMisfit<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw isStorageFault(cause) ? cause : misfit(cause);
  }
}

function misfit(cause?: unknown): VaultError {
  const message = "The archive does not fit the tables that its header names; take another copy of it";
  return new VaultError("archive.damaged", message, { cause });
}
