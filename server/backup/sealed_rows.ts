/** Looks, while an archive is read, whether each sealed row in it opens with the vault's key. */

import { heapKeyStorage } from "../../shared/crypto/key_storage.ts";
import type { StoredValue } from "../store/snapshot.ts";
import { NO_NAMESPACE } from "../vault/associated_data.ts";
import { envelopeOpens } from "../vault/envelope_check.ts";
import { Keyring } from "../vault/keyring.ts";
import { SEALED_TABLE_NAMES, SEALED_TABLES, type SealedTable } from "../vault/sealed_tables.ts";
import type { ArchiveRecord } from "./records.ts";

export class SealedRowCheck {
  readonly #keyring = new Keyring(heapKeyStorage);
  #table: SealedTable | undefined;
  #columns: readonly string[] = [];
  /** Rows that do not open: somebody changed them in the database, behind the server's back. */
  unsound = 0;

  /** Takes a copy of the KEK, which `end` wipes. */
  constructor(kek: Uint8Array, kekVersion: number) {
    this.#keyring.add(kekVersion, kek.slice());
  }

  look(record: ArchiveRecord): void {
    if (record.kind === "table") {
      this.#table = SEALED_TABLE_NAMES.find((name) => name === record.name);
      this.#columns = record.columns;
    }
    if (record.kind === "row" && this.#table !== undefined && !this.#opens(this.#table, record.values)) {
      this.unsound += 1;
    }
  }

  end(): void {
    this.#keyring.wipe();
  }

  #opens(table: SealedTable, values: readonly StoredValue[]): boolean {
    const value = (column: string) => values[this.#columns.indexOf(column)];
    const facts: { readonly id: string; readonly namespace: string | null } = SEALED_TABLES[table];
    const namespace = facts.namespace === null ? NO_NAMESPACE : String(value(facts.namespace));
    const [wrapped_dek, sealed_body] = [value("wrapped_dek"), value("sealed_body")];
    if (!(wrapped_dek instanceof Uint8Array) || !(sealed_body instanceof Uint8Array)) return false;
    const sealed = { kek_version: Number(value("kek_version")), wrapped_dek, sealed_body };
    return envelopeOpens(this.#keyring, { table, id: String(value(facts.id)), namespace }, sealed);
  }
}
