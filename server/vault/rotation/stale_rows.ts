/** Rows whose DEK an older KEK wraps, in every sealed table. Queries are built once: millions of rows pass through them. */

import { type Compilable, type RawBuilder, sql } from "kysely";
import { PreparedQuery } from "../../store/prepared.ts";
import type { Queries } from "../../store/schema.ts";
import { NO_NAMESPACE } from "../associated_data.ts";
import { SEALED_TABLE_NAMES, SEALED_TABLES, type SealedTable } from "../sealed_tables.ts";

/** What re-wrapping a row needs of it. */
export interface StaleRow {
  readonly id: string;
  readonly namespace: string;
  readonly kek_version: number;
  readonly wrapped_dek: Uint8Array;
}

export interface StaleRowsOptions {
  /** Rows of older versions than this are stale. */
  readonly version: number;
  /** JSON list of ids to leave out. */
  readonly except: string;
  readonly limit: number;
}

export interface Rewrapping {
  readonly id: string;
  /** As it was read: a row that somebody wrote since is left as they wrote it. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly version: number;
}

/** The queries over one sealed table. */
export interface StaleRows {
  readonly find: PreparedQuery<StaleRowsOptions & Record<string, unknown>, StaleRow>;
  readonly rewrap: PreparedQuery<Rewrapping & Record<string, unknown>, never>;
}

const queries = new Map(SEALED_TABLE_NAMES.map((table) => [table, queriesOf(table)]));

export function staleRowsOf(table: SealedTable): StaleRows {
  const found = queries.get(table);
  if (found === undefined) throw new Error(`the registry has no table ${table}`);
  return found;
}

function queriesOf(table: SealedTable): StaleRows {
  const { id, namespace } = SEALED_TABLES[table];
  const idColumn = sql.ref(id);
  const namespaceColumn = namespace === null ? sql.lit(NO_NAMESPACE) : sql.ref(namespace);
  return {
    find: new PreparedQuery((db, { version, except, limit }) =>
      compilable(
        db,
        sql`SELECT ${idColumn} AS id, ${namespaceColumn} AS namespace, kek_version, wrapped_dek
          FROM ${sql.table(table)} WHERE kek_version < ${version}
          AND ${idColumn} NOT IN (SELECT value FROM json_each(${except})) LIMIT ${limit}`,
      )
    ),
    rewrap: new PreparedQuery((db, { id: rowId, before, after, version }) =>
      compilable(
        db,
        sql`UPDATE ${sql.table(table)} SET wrapped_dek = ${after}, kek_version = ${version}
          WHERE ${idColumn} = ${rowId} AND wrapped_dek = ${before}`,
      )
    ),
  };
}

function compilable<Row>(db: Queries, query: RawBuilder<Row>): Compilable<Row> {
  return { compile: () => query.compile(db) };
}

/** How many rows are stale, in all tables together. */
export async function countStale(db: Queries, version: number): Promise<number> {
  let total = 0;
  for (const table of SEALED_TABLE_NAMES) {
    const query = sql<{ count: number }>`SELECT count(*) AS count FROM ${
      sql.table(table)
    } WHERE kek_version < ${version}`;
    const { rows } = await query.execute(db);
    total += rows[0]?.count ?? 0;
  }
  return total;
}
