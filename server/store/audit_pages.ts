/** The rows of the audit log in order, as lists in the order of the table: half the price of objects by name. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ENCODED_COLUMNS, type StoredRow } from "../../shared/audit/row_encoding.ts";
import { AUDIT_COLUMNS } from "./audit_columns.ts";

/**
 * One row, in the order of {@linkcode AUDIT_COLUMNS}; its two MACs in lowercase hex, which costs half of bytes. Behind them
 * {@linkcode HIDES_TEXT}.
 */
export type AuditValues = StoredRow;

/**
 * The place of what is not 0 where a text goes on behind a NUL: SQLite gives it up to there, and compares all of it, so that a
 * row would read as it was written and be found by no filter. None is ever written.
 */
export const HIDES_TEXT = AUDIT_COLUMNS.length;

const READ_COLUMNS = AUDIT_COLUMNS.map((column) =>
  column === "prev_mac" || column === "mac" ? `lower(hex(${column}))` : column
);

const NUMBERS: readonly string[] = ["seq", "at", "caller_pid", "prev_mac"];
const TEXTS = ENCODED_COLUMNS.filter((column) => !NUMBERS.includes(column)).join(", ");

export interface AuditPages {
  /** Rows after a number, the next ones first. */
  page(after: number, limit: number): readonly AuditValues[];
  /** The number of the oldest row that is kept; undefined for an empty log. */
  first(): number | undefined;
}

/** Node's; Deno has it too, its types do not say so. */
function giveLists(statement: StatementSync): void {
  if (!("setReturnArrays" in statement) || typeof statement.setReturnArrays !== "function") {
    throw new Error("this Deno cannot read rows as lists");
  }
  statement.setReturnArrays(true);
}

export class SqliteAuditPages implements AuditPages {
  readonly #page: StatementSync;
  /** {@linkcode #page} for numbers that JavaScript does not hold. */
  readonly #exact: StatementSync;
  readonly #first: StatementSync;

  constructor(connection: DatabaseSync) {
    const columns = [...READ_COLUMNS, `instr(concat(${TEXTS}), char(0))`].join(", ");
    const text = `SELECT ${columns} FROM audit_log WHERE seq > ? ORDER BY seq LIMIT ?`;
    this.#page = connection.prepare(text);
    this.#exact = connection.prepare(text);
    this.#exact.setReadBigInts(true);
    giveLists(this.#page);
    giveLists(this.#exact);
    this.#first = connection.prepare("SELECT min(seq) AS seq FROM audit_log");
  }

  page(after: number, limit: number): readonly AuditValues[] {
    // A statement that gives arrays; its type says objects.
    try {
      const rows: unknown = this.#page.all(after, limit);
      return rows as AuditValues[];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#exactPage(after, limit);
    }
  }

  /** A number that is too large was never written: as text it is another value, and so a change. */
  #exactPage(after: number, limit: number): readonly AuditValues[] {
    const rows: unknown = this.#exact.all(after, limit);
    return (rows as (bigint | string | null)[][]).map((row) => row.map(plainValue));
  }

  first(): number | undefined {
    const seq = this.#first.get()?.["seq"];
    return typeof seq === "number" ? seq : undefined;
  }
}

function plainValue(value: bigint | string | null): string | number | null {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
