/** What the header of an archive says of the vault, taken out of the snapshot: the same moment as all the rest. */

import type { AppliedMigration } from "../store/migrate.ts";
import type { Snapshot, StoredRow, StoredValue } from "../store/snapshot.ts";
import { SEALED_TABLE_NAMES } from "../vault/sealed_tables.ts";
import type { ArchiveHeader } from "./header.ts";

export type SealFacts = Pick<
  ArchiveHeader,
  "vaultId" | "migrations" | "kdf" | "salt" | "sentinel" | "kekVersion"
>;

/** Undefined while the KEK is being rotated: rows are under two keys, and the header proves one. */
export function sealFacts(snapshot: Snapshot): SealFacts | undefined {
  const seal = firstOf(snapshot.rows("vault_seal"));
  const kekVersion = numberOf(seal["kek_version"]);
  if (isRotating(snapshot, kekVersion)) return undefined;
  return {
    vaultId: vaultIdOf(snapshot.rows("server_keys")),
    migrations: [...snapshot.rows("schema_migrations")].map(migrationOf),
    kdf: textOf(seal["kdf"]),
    salt: bytesOf(seal["salt"]),
    sentinel: bytesOf(seal["sentinel"]),
    kekVersion,
  };
}

/** Said by the rotation itself, and seen in what it works on. */
function isRotating(snapshot: Snapshot, kekVersion: number): boolean {
  const said = [...snapshot.rows("kek_rotations")].some((row) => row["state"] === "running");
  return said || SEALED_TABLE_NAMES.some((table) => snapshot.hasOther(table, "kek_version", kekVersion));
}

/** The audit key of a vault is never replaced, so the id of its row names the vault. */
function vaultIdOf(keys: Iterable<StoredRow>): string {
  return textOf([...keys].find((row) => row["purpose"] === "audit_mac")?.["id"]);
}

function migrationOf(row: StoredRow): AppliedMigration {
  return { version: numberOf(row["version"]), name: textOf(row["name"]), checksum: textOf(row["checksum"]) };
}

function firstOf(rows: Iterable<StoredRow>): StoredRow {
  const [first] = rows;
  if (first === undefined) throw new Error("the vault has no seal");
  return first;
}

function textOf(value: StoredValue | undefined): string {
  if (typeof value === "string") return value;
  throw new Error("a table holds something else than a text");
}

function numberOf(value: StoredValue | undefined): number {
  if (typeof value === "number") return value;
  throw new Error("a table holds something else than a number");
}

function bytesOf(value: StoredValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error("a table holds something else than bytes");
}
