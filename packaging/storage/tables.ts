/**
 * Every table of the database and how each of its columns is kept: a table that is missing here does not compile, a column
 * that is missing fails a test that compares with a migrated database.
 */

import type { Tables } from "../../server/store/schema.ts";
import { AGENT_TABLES } from "./agent_tables.ts";
import { type Kind, KINDS, type TablesOf } from "./facts.ts";
import { PEOPLE_TABLES } from "./people_tables.ts";
import { RECORD_TABLES } from "./record_tables.ts";
import { VAULT_TABLES } from "./vault_tables.ts";

const STORAGE: TablesOf<keyof Tables> = {
  ...VAULT_TABLES,
  ...AGENT_TABLES,
  ...PEOPLE_TABLES,
  ...RECORD_TABLES,
};

export interface ColumnFacts {
  readonly column: string;
  readonly kept: "plain" | Kind;
  /** Empty for plain columns, whose names say what they hold. */
  readonly what: string;
}

export interface StoredTable {
  readonly name: string;
  readonly holds: string;
  readonly columns: readonly ColumnFacts[];
}

/** What needs protection comes first in each table. */
export function storedTables(): StoredTable[] {
  return Object.entries(STORAGE).map(([name, { holds, plain, ...kinds }]) => ({
    name,
    holds,
    columns: [
      ...Object.entries(kinds).flatMap(([kind, columns]) => protectedColumns(kind, columns)),
      ...plain.split(" ").map((column) => ({ column, kept: "plain" as const, what: "" })),
    ],
  }));
}

function protectedColumns(kind: string, columns: Readonly<Record<string, string>>): ColumnFacts[] {
  const kept = kind as Kind;
  return Object.entries(columns).map(([column, what]) => ({ column, kept, what }));
}

/** The lines of the document, a chapter for each table; plain columns share a row. */
export function storageLines(): string[] {
  const lines = storedTables().flatMap(({ name, holds, columns }) => {
    const rows = columns.flatMap(({ column, kept, what }) =>
      kept === "plain" ? [] : [`| \`${column}\` | ${KINDS[kept]} | ${what} |`]
    );
    const plain = columns.filter(({ kept }) => kept === "plain").map(({ column }) => `\`${column}\``);
    const table = ["| column | kept | what it is |", "| --- | --- | --- |", ...rows];
    return [`## ${name}`, "", holds, "", ...table, `| ${plain.join(", ")} | plain | |`, ""];
  });
  return lines.slice(0, -1);
}
