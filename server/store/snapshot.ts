/**
 * The database as it was at one moment, read while others write: a read transaction on a connection of its own, opened
 * at boot because nothing can be opened later. One snapshot at a time; an open one keeps the write-ahead log from being
 * cut back, so it must end soon.
 */

import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { StartupError } from "../startup_error.ts";

/** A value as the tables hold it: they are STRICT and have no REAL column. */
export type StoredValue = null | number | string | Uint8Array;
export type StoredRow = Readonly<Record<string, StoredValue>>;

/** Not every row of a table can be read: of a disk that fails, for one. */
export class DamagedTable extends Error {
  readonly table: string;

  constructor(table: string) {
    super(`the table ${table} is damaged: not all of its rows can be read`);
    this.table = table;
  }
}

/** Every table at one moment. All of it throws once ended, and {@linkcode DamagedTable} where rows would be left out. */
export interface Snapshot {
  /** Names of all tables, sorted. */
  readonly tables: readonly string[];
  columns(table: string): readonly string[];
  /** All rows in the order in which the table keeps them. One iteration at a time. */
  rows(table: string): Iterable<StoredRow>;
  /** {@linkcode rows} as lists in the order of {@linkcode columns}. */
  values(table: string): Iterable<readonly StoredValue[]>;
  /** Whether a row has another number in a column. */
  hasOther(table: string, column: string, value: number): boolean;
  end(): void;
}

export interface SnapshotSource {
  /** Undefined while another snapshot is open, or where the database cannot give one. */
  begin(): Snapshot | undefined;
  close(): void;
}

/** Of a database in memory: its one connection cannot look back. */
export const NO_SNAPSHOTS: SnapshotSource = { begin: () => undefined, close: () => {} };

/** Takes over a connection that has read once: its log and index are open before file permissions go. */
export function snapshotsOf(connection: DatabaseSync): SnapshotSource {
  return {
    begin: () => connection.isTransaction ? undefined : new SqliteSnapshot(connection),
    close: () => connection.close(),
  };
}

/**
 * A database of another program, read at one moment and closed when the snapshot ends. Nothing is written to it.
 * @throws StartupError where it cannot be read
 */
export function snapshotOfFile(path: string): Snapshot {
  if (!isPlainFile(path)) throw new StartupError("The old database is not there; name the file itself");
  try {
    const connection = new DatabaseSync(path, { readOnly: true });
    connection.exec("PRAGMA trusted_schema = OFF");
    return new SqliteSnapshot(connection, () => connection.close());
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    throw new StartupError(`The old database cannot be read: ${reason}`);
  }
}

function isPlainFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** No column is called so. */
const ROW_ID = "row id of the snapshot";

class SqliteSnapshot implements Snapshot {
  readonly #connection: DatabaseSync;
  readonly tables: readonly string[];
  readonly #afterwards: () => void;
  #open = true;

  constructor(connection: DatabaseSync, afterwards: () => void = () => {}) {
    this.#connection = connection;
    this.#afterwards = afterwards;
    connection.exec("BEGIN");
    const names = connection.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    );
    this.tables = names.all().map((row) => String(row["name"]));
  }

  columns(table: string): readonly string[] {
    return this.#prepare(`PRAGMA table_info(${this.#quoted(table)})`).all().map((row) => String(row["name"]));
  }

  *rows(table: string): Iterable<StoredRow> {
    for (const row of this.#scan(table)) yield storedRow(row);
  }

  *values(table: string): Iterable<readonly StoredValue[]> {
    const columns = this.columns(table);
    for (const row of this.#scan(table)) yield columns.map((column) => storedValue(row[column], column));
  }

  /**
   * Deno's `iterate` takes a page that cannot be read, and a number that is too large, for the end of the table: what it
   * gave last has to be the last row that there is. Tables without a row id are small, and read at once.
   */
  *#scan(table: string): Iterable<SqlRow> {
    const name = this.#quoted(table);
    const facts = this.#prepare("SELECT wr FROM pragma_table_list WHERE name = ?").get(table);
    const hasRowId = facts?.["wr"] === 0;
    if (!hasRowId) return yield* this.#all(table);
    let last: SQLOutputValue = null;
    const query = `SELECT rowid AS "${ROW_ID}", * FROM ${name} ORDER BY rowid`;
    for (const row of this.#prepare(query).iterate()) {
      last = row[ROW_ID] ?? null;
      yield row;
      if (!this.#open) throw ended();
    }
    if (last !== this.#lastRowId(table)) throw new DamagedTable(table);
  }

  *#all(table: string): Iterable<SqlRow> {
    for (const row of this.#whole(table, () => this.#prepare(`SELECT * FROM ${this.#quoted(table)}`).all())) {
      yield row;
      if (!this.#open) throw ended();
    }
  }

  #lastRowId(table: string): SQLOutputValue {
    const statement = this.#prepare(`SELECT max(rowid) AS last FROM ${this.#quoted(table)}`);
    return this.#whole(table, () => statement.get()?.["last"] ?? null);
  }

  #whole<T>(table: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#open ? new DamagedTable(table) : error;
    }
  }

  hasOther(table: string, column: string, value: number): boolean {
    const name = `"${column}"`;
    const text = `SELECT 1 FROM ${this.#quoted(table)} WHERE ${name} < ? OR ${name} > ? LIMIT 1`;
    return this.#prepare(text).get(value, value) !== undefined;
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.exec("ROLLBACK");
    this.#afterwards();
  }

  #prepare(text: string): StatementSync {
    if (!this.#open) throw ended();
    return this.#connection.prepare(text);
  }

  /** Only names that the database itself gave go into a query. */
  #quoted(table: string): string {
    if (!this.tables.includes(table)) throw new Error(`the snapshot has no table ${table}`);
    return `"${table}"`;
  }
}

function storedRow(row: Readonly<Record<string, SQLOutputValue>>): StoredRow {
  const stored: Record<string, StoredValue> = {};
  for (const [column, value] of Object.entries(row)) {
    if (column !== ROW_ID) stored[column] = storedValue(value, column);
  }
  return stored;
}

/** @throws Error for a number that JavaScript does not hold exactly; none of ours is that large */
function storedValue(value: SQLOutputValue | undefined, column: string): StoredValue {
  if (typeof value === "bigint") throw new Error(`a number in column ${column} is too large`);
  return value ?? null;
}

function ended(): Error {
  return new Error("this snapshot was ended");
}
