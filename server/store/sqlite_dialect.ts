/**
 * Kysely over `node:sqlite`: one synchronous connection behind Kysely's asynchronous interface. Nothing here opens a
 * transaction: that is the ledger's, so that no write escapes the audit log.
 */

import type { SQLInputValue } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { toHex } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { CachedRow, ReadCache } from "./read_cache.ts";
import type { Queries, Tables } from "./schema.ts";
import { StatementCache } from "./statements.ts";

/** Asked before each query; throws where the connection may not run it now. */
export type Gate = (query: CompiledQuery) => void;

/** Typed queries over a connection. `statements` may be shared with code that runs SQL text on the same connection. */
export function sqliteQueries(statements: StatementCache, gate: Gate, cache?: ReadCache): Queries {
  const connection = new SqliteConnection(statements, gate);
  const db = new Kysely<Tables>({ dialect: dialectOver(connection) });
  shortcuts.set(db, { connection, cache });
  return db;
}

interface Shortcut {
  readonly connection: DatabaseConnection;
  /** Only the read connection has one. */
  readonly cache: ReadCache | undefined;
}

const shortcuts = new WeakMap<Queries, Shortcut>();

/**
 * Runs a compiled query past Kysely's own scheduling, which costs as much as a small query and has nothing to schedule;
 * on the read connection its rows may come from the cache. `query` stands for all runs of the same text.
 */
export async function runCompiled<Row>(
  db: Queries,
  query: CompiledQuery<Row>,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const { connection, cache } = shortcuts.get(db) ?? {};
  const key = cache === undefined ? "" : parameters.map(parameterKey).join("\0");
  const kept = cache?.get(query, key);
  if (kept !== undefined) return kept as readonly Row[];
  const { rows } = await (connection ?? db).executeQuery<Row>({ ...query, parameters });
  cache?.keep(query, key, rows as CachedRow[]);
  return rows;
}

/** No two parameters of one place have the same key: the type of each place is fixed, and U+0000 is refused in texts. */
function parameterKey(parameter: unknown): string {
  return parameter instanceof Uint8Array ? toHex(parameter) : String(parameter);
}

/** For the read connection: a write here is a bug, whatever the file's mode says. */
export const selectsOnly: Gate = (query) => {
  const kind = query.query.kind;
  if (kind !== "SelectQueryNode" && kind !== "RawNode") {
    throw new Error("the read connection does not write: use ledger.commit");
  }
};

class SqliteConnection implements DatabaseConnection {
  readonly #statements: StatementCache;
  readonly #gate: Gate;

  constructor(statements: StatementCache, gate: Gate) {
    this.#statements = statements;
    this.#gate = gate;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    this.#gate(query);
    const { statement, returnsRows } = this.#statements.get(query.sql);
    const parameters = query.parameters.map(toSqlValue);
    if (returnsRows) return { rows: statement.all(...parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** The whole result as one chunk: a cached statement must not be left half way. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }
}

/**
 * A parameter as `node:sqlite` takes it. A text with U+0000 is refused, because the driver cuts it off there without
 * a word: a name would be stored, or looked up, as another one.
 */
export function toSqlValue(value: unknown): SQLInputValue {
  if (typeof value === "string") {
    if (value.includes("\0")) {
      throw new VaultError("request.invalid", "Text must not hold the character U+0000");
    }
    return value;
  }
  if (value === null || typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof Uint8Array) return value;
  throw new Error(`a query parameter cannot be ${typeof value}`);
}

function dialectOver(connection: SqliteConnection): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SingleConnectionDriver(connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class SingleConnectionDriver implements Driver {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    throw new Error("transactions are the ledger's: use ledger.commit");
  }

  async init(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
