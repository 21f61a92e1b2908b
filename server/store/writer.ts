/**
 * The one connection that writes. Only the ledger drives it; queries reach it through a handle that dies with its
 * piece of work, so a write that was kept for later cannot slip into somebody else's transaction.
 */

import type { DatabaseSync } from "node:sqlite";
import type { Selectable } from "kysely";
import type { AuditTable } from "./audit_schema.ts";
import type { Queries } from "./schema.ts";
import { AUDIT_COLUMNS } from "./audit_columns.ts";
import { sqliteQueries, toSqlValue } from "./sqlite_dialect.ts";
import { StatementCache } from "./statements.ts";

export type AuditRow = Selectable<AuditTable>;

/** Where the chain ends: what the next row hangs on. */
export interface ChainTail {
  readonly seq: number;
  readonly mac: Uint8Array;
}

/** {@linkcode ChainTail} as it is recorded, with the MAC of the record. */
export interface StoredTail extends ChainTail {
  readonly record_mac: Uint8Array;
}

const INSERT_AUDIT = `INSERT INTO audit_log (${AUDIT_COLUMNS.join(", ")}) VALUES (${
  AUDIT_COLUMNS.map(() => "?").join(", ")
})`;
const WRITE_TAIL = `INSERT INTO audit_tail (id, seq, mac, record_mac) VALUES (1, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, mac = excluded.mac, record_mac = excluded.record_mac`;
const READ_TAIL = "SELECT seq, mac FROM audit_log ORDER BY seq DESC LIMIT 1";
const READ_RECORD = "SELECT seq, mac, record_mac FROM audit_tail";

/** Queries for the length of one piece of work. */
export interface QueryHandle {
  readonly db: Queries;
  close(): void;
}

type Awaitable<T> = T | Promise<T>;

/** What the ledger needs of a database. SQLite answers at once; one behind a socket will answer later. */
export interface Writer {
  /** Whether a transaction is open; a database may end it by itself after an I/O error. */
  readonly inTransaction: boolean;
  /** Queries that work until `close`, and throw from then on. */
  openQueries(): QueryHandle;
  begin(): Awaitable<void>;
  /** Returns once what was written survives a power cut. */
  commit(): Awaitable<void>;
  /** Without an open transaction nothing happens. */
  rollback(): Awaitable<void>;
  /** Marks the point that `undo` comes back to. */
  mark(): Awaitable<void>;
  /** Keeps what was written since `mark`. */
  keep(): Awaitable<void>;
  /** Takes back what was written since `mark`. */
  undo(): Awaitable<void>;
  insertAudit(row: AuditRow): Awaitable<void>;
  /** Says where the log ends, under a MAC of its own. */
  writeTail(tail: ChainTail, recordMac: Uint8Array): Awaitable<void>;
  /** The newest row in the database, or undefined for an empty log. */
  readTail(): Awaitable<ChainTail | undefined>;
  /** What {@linkcode writeTail} wrote last, or undefined where there is nothing. */
  readTailRecord(): Awaitable<StoredTail | undefined>;
  /** A number that changes when another connection wrote to the database. */
  dataVersion(): Awaitable<number>;
}

export class SqliteWriter implements Writer {
  readonly #connection: DatabaseSync;
  readonly #statements: StatementCache;

  readonly #onChange: () => void;
  /** Whether somebody had queries in this transaction: then more than the audit log may have changed. */
  #queried = false;
  #dataVersion = -1;

  /** `onChange` is told, in the turn of the commit, that tables other than the audit log may have changed. */
  constructor(connection: DatabaseSync, onChange: () => void = () => {}) {
    this.#connection = connection;
    this.#statements = new StatementCache(connection);
    this.#onChange = onChange;
  }

  openQueries(): QueryHandle {
    this.#queried = true;
    let open = true;
    const db = sqliteQueries(this.#statements, () => {
      if (!open) {
        throw new Error("this transaction is over: write inside ledger.commit and await every query");
      }
    });
    return { db, close: () => void (open = false) };
  }

  get inTransaction(): boolean {
    return this.#connection.isTransaction;
  }

  begin(): void {
    this.#run("BEGIN IMMEDIATE");
  }

  commit(): void {
    try {
      this.#run("COMMIT");
    } finally {
      this.#endTransaction();
    }
  }

  rollback(): void {
    try {
      if (this.inTransaction) this.#run("ROLLBACK");
    } finally {
      this.#endTransaction();
    }
  }

  #endTransaction(): void {
    if (this.#queried) this.#onChange();
    this.#queried = false;
  }

  mark(): void {
    this.#run("SAVEPOINT work");
  }

  keep(): void {
    this.#run("RELEASE work");
  }

  undo(): void {
    this.#run("ROLLBACK TO work");
    this.#run("RELEASE work");
  }

  insertAudit(row: AuditRow): void {
    const values = AUDIT_COLUMNS.map((column) => toSqlValue(row[column]));
    this.#statements.get(INSERT_AUDIT).statement.run(...values);
  }

  writeTail({ seq, mac }: ChainTail, recordMac: Uint8Array): void {
    this.#statements.get(WRITE_TAIL).statement.run(seq, mac, recordMac);
  }

  readTail(): ChainTail | undefined {
    const row = this.#statements.get(READ_TAIL).statement.get();
    const mac = row?.["mac"];
    return mac instanceof Uint8Array ? { seq: Number(row?.["seq"]), mac } : undefined;
  }

  readTailRecord(): StoredTail | undefined {
    const row = this.#statements.get(READ_RECORD).statement.get();
    const [mac, record_mac] = [row?.["mac"], row?.["record_mac"]];
    if (!(mac instanceof Uint8Array && record_mac instanceof Uint8Array)) return undefined;
    return { seq: Number(row?.["seq"]), mac, record_mac };
  }

  dataVersion(): number {
    const version = Number(this.#statements.get("PRAGMA data_version").statement.get()?.["data_version"]);
    if (version !== this.#dataVersion) this.#onChange();
    this.#dataVersion = version;
    return version;
  }

  #run(sql: string): void {
    this.#statements.get(sql).statement.run();
  }
}
