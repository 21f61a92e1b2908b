/** The rows of the audit log in order, as lists in the order of the table: half the price of objects by name. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoredRow } from "../../shared/audit/row_encoding.ts";
import { AUDIT_COLUMNS } from "./audit_columns.ts";

/** One row, in the order of {@linkcode AUDIT_COLUMNS}; its two MACs in lowercase hex, which costs half of bytes. */
export type AuditValues = StoredRow;

const READ_COLUMNS = AUDIT_COLUMNS.map((column) =>
  column === "prev_mac" || column === "mac" ? `lower(hex(${column}))` : column
);

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
  readonly #first: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#page = connection.prepare(
      `SELECT ${READ_COLUMNS.join(", ")} FROM audit_log WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
    giveLists(this.#page);
    this.#first = connection.prepare("SELECT min(seq) AS seq FROM audit_log");
  }

  page(after: number, limit: number): readonly AuditValues[] {
    // A statement that gives arrays; its type says objects.
    const rows: unknown = this.#page.all(after, limit);
    return rows as AuditValues[];
  }

  first(): number | undefined {
    const seq = this.#first.get()?.["seq"];
    return typeof seq === "number" ? seq : undefined;
  }
}
