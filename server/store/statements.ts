/**
 * Prepared statements of one connection, the least recently used thrown away first. Preparing costs three times what
 * running a small query costs; the bound keeps queries with many shapes (long `IN` lists) from filling memory.
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

export interface CachedStatement {
  readonly statement: StatementSync;
  /** Whether it gives rows back. */
  readonly returnsRows: boolean;
}

/** More than the program has shapes of queries, so that only generated lists ever fall out. */
const DEFAULT_LIMIT = 256;

export class StatementCache {
  readonly #db: DatabaseSync;
  readonly #limit: number;
  /** In order of last use: a `Map` iterates in order of insertion. */
  readonly #statements = new Map<string, CachedStatement>();

  constructor(db: DatabaseSync, limit = DEFAULT_LIMIT) {
    this.#db = db;
    this.#limit = limit;
  }

  get size(): number {
    return this.#statements.size;
  }

  /** The statement of a text. It must be run to its end before it is taken again: never hand out its iterator. */
  get(sql: string): CachedStatement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, kept);
      return kept;
    }
    return this.#prepare(sql);
  }

  #prepare(sql: string): CachedStatement {
    const statement = this.#db.prepare(sql);
    const fresh = { statement, returnsRows: statement.columns().length > 0 };
    this.#statements.set(sql, fresh);
    if (this.#statements.size > this.#limit) this.#dropOldest();
    return fresh;
  }

  #dropOldest(): void {
    for (const oldest of this.#statements.keys()) {
      this.#statements.delete(oldest);
      return;
    }
  }
}
