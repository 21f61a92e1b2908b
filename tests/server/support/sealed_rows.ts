/** Every sealed row of a database, whatever table it is in, as the registry of sealed tables finds it. */

import { DatabaseSync } from "node:sqlite";
import type { SealedColumns } from "../../../server/store/vault_schema.ts";
import { NO_NAMESPACE, type Place } from "../../../server/vault/associated_data.ts";
import { SEALED_TABLE_NAMES, SEALED_TABLES } from "../../../server/vault/sealed_tables.ts";

export interface SealedRow {
  readonly place: Place;
  readonly sealed: SealedColumns;
}

/** Reads past the server, from the file. */
export function rawTables(path: string): SealedRow[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = SEALED_TABLE_NAMES.flatMap((table) => {
    const { id, namespace } = SEALED_TABLES[table];
    return db.prepare(`SELECT * FROM "${table}"`).all().map((row) => ({
      place: {
        table,
        id: String(row[id]),
        namespace: namespace === null ? NO_NAMESPACE : String(row[namespace]),
      },
      sealed: {
        kek_version: Number(row["kek_version"]),
        wrapped_dek: bytesOf(row["wrapped_dek"]),
        sealed_body: bytesOf(row["sealed_body"]),
      },
    }));
  });
  db.close();
  return rows;
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error("a sealed column holds no bytes");
}
