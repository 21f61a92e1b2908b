/**
 * The registry of sealed tables: every table whose rows are envelopes, with the columns that make its {@linkcode Place}. A
 * rotation of the KEK walks through exactly these, so a table that is missing here would be lost; a test compares the list
 * with the schema.
 *
 * A sealed table has the columns of `SealedColumns` (`kek_version`, `wrapped_dek`, `sealed_body`), an id that is unique in it
 * and never changes, and an index on `kek_version`.
 */

/** Which columns of a row make its place. */
export interface SealedTableFacts {
  /** TEXT: the `id` of the row's place. Rows that may be sealed alike, such as versions, each need one of their own. */
  readonly id: string;
  /** TEXT: the `namespace` of the row's place; null where rows are sealed with `NO_NAMESPACE`. */
  readonly namespace: string | null;
}

export const SEALED_TABLES = {
  server_keys: { id: "id", namespace: null },
  secrets: { id: "id", namespace: "namespace" },
  secret_versions: { id: "id", namespace: "namespace" },
  notification_channels: { id: "id", namespace: null },
} as const satisfies Readonly<Record<string, SealedTableFacts>>;

export type SealedTable = keyof typeof SEALED_TABLES;

/** In the order in which a rotation takes them: what the server itself needs comes first. */
export const SEALED_TABLE_NAMES = Object.keys(SEALED_TABLES) as readonly SealedTable[];
