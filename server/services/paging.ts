/**
 * Keyset paging: a cursor holds the sort key of the last row given, so that rows added meanwhile shift nothing. It is
 * not secret and not trusted: a forged one only starts a list elsewhere.
 */

import { type SelectQueryBuilder, sql, type StringReference } from "kysely";
import type { PageQuery } from "../../shared/api/page.ts";
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";

type KeyPart = string | number;

/** Some rows and, where there are more, the cursor of the next page. */
export class Page<Item> {
  constructor(readonly items: readonly Item[], readonly next: string | undefined) {}

  map<Other>(convert: (item: Item) => Other): Page<Other> {
    return new Page(this.items.map(convert), this.next);
  }
}

/** Makes a page of up to `limit` rows out of `limit + 1` that were asked for. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly KeyPart[],
): Page<Row> {
  if (rows.length <= limit) return new Page(rows, undefined);
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return new Page(kept, last === undefined ? undefined : toBase64Url(utf8(JSON.stringify(keyOf(last)))));
}

/** How the rows of a list are sorted, first by one column and, where that is equal, by a unique one. */
export interface Order<DB, TB extends keyof DB, Row, Key extends readonly [KeyPart, KeyPart]> {
  readonly by: readonly [StringReference<DB, TB>, StringReference<DB, TB>];
  readonly newestFirst?: boolean;
  keyOf(row: Row): Key;
  isKey(parts: readonly unknown[]): parts is Key;
}

/** The page of a query's rows that follows its cursor. @throws VaultError `request.invalid` */
export async function readPage<DB, TB extends keyof DB, Row, Key extends readonly [KeyPart, KeyPart]>(
  query: SelectQueryBuilder<DB, TB, Row>,
  { by: [first, second], newestFirst = false, keyOf, isKey }: Order<DB, TB, Row, Key>,
  { limit, cursor }: PageQuery,
): Promise<Page<Row>> {
  const after = readCursor(cursor, isKey);
  const direction = newestFirst ? "desc" : "asc";
  let sorted = query.orderBy(sql.ref(first), direction).orderBy(sql.ref(second), direction).limit(limit + 1);
  if (after !== undefined) {
    const beyond = sql.raw(newestFirst ? "<" : ">");
    sorted = sorted.where(
      sql<boolean>`(${sql.ref(first)}, ${sql.ref(second)}) ${beyond} (${after[0]}, ${after[1]})`,
    );
  }
  return pageOf(await sorted.execute(), limit, keyOf);
}

/**
 * The key in a cursor whose parts are of the types of `example`; undefined without a cursor.
 * @throws VaultError `request.invalid`
 */
export function readCursor<Key extends readonly KeyPart[]>(
  cursor: string | undefined,
  isKey: (parts: readonly unknown[]) => parts is Key,
): Key | undefined {
  if (cursor === undefined) return undefined;
  const parts = parseList(fromUtf8(fromBase64Url(cursor) ?? new Uint8Array()) ?? "");
  if (parts !== undefined && isKey(parts)) return parts;
  throw new VaultError(
    "request.invalid",
    "The cursor is invalid; take it from the Link header of the page before",
  );
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Cursor of lists that are sorted by a text and an id. */
export function isTextKey(parts: readonly unknown[]): parts is readonly [string, string] {
  return parts.length === 2 && typeof parts[0] === "string" && typeof parts[1] === "string";
}

/** Cursor of lists that are sorted by a time and an id. */
export function isTimeKey(parts: readonly unknown[]): parts is readonly [number, string] {
  return parts.length === 2 && Number.isSafeInteger(parts[0]) && typeof parts[1] === "string";
}

/** Cursor of lists that are sorted by a number alone. */
export function isNumberKey(parts: readonly unknown[]): parts is readonly [number] {
  return parts.length === 1 && Number.isSafeInteger(parts[0]);
}
