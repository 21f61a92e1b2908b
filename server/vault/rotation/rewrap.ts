/**
 * Re-wrapping, a bounded piece at a time. Reading a row and writing it back is one transaction of the only writer, so whoever
 * writes the row wins: before it, their row is what is read here; after it, theirs replaces this one.
 */

import { VaultError } from "../../../shared/errors.ts";
import type { Tx } from "../../audit/ledger.ts";
import { SEALED_TABLE_NAMES, type SealedTable } from "../sealed_tables.ts";
import type { KekSwitch } from "./kek_switch.ts";
import { type StaleRow, staleRowsOf } from "./stale_rows.ts";

/** A row that the old key does not open: changed or moved outside the server. */
export interface UnreadableRow {
  readonly table: SealedTable;
  readonly id: string;
}

export interface BatchOptions {
  /** The version that rows get. */
  readonly version: number;
  /** Rows that are left alone. New ones are added, up to {@linkcode MAX_UNREADABLE}. */
  readonly unreadable: UnreadableRow[];
  /** Milliseconds after which no further row is begun. */
  readonly budgetMs: number;
}

export interface BatchResult {
  readonly rows: number;
  /** Of these, values of secrets. */
  readonly secrets: number;
  /** Whether the batch ended with nothing left to do. */
  readonly exhausted: boolean;
}

/** A vault with more of them wants a person, not a longer list. */
export const MAX_UNREADABLE = 100;
/** Rows of one query. The time is looked at after each row. */
const CHUNK = 64;

/** @throws VaultError `server.sealed` where the vault was sealed meanwhile: nothing of the batch is written */
export async function rewrapBatch(tx: Tx, keys: KekSwitch, options: BatchOptions): Promise<BatchResult> {
  const deadline = performance.now() + options.budgetMs;
  const done = { rows: 0, secrets: 0 };
  for (const table of SEALED_TABLE_NAMES) {
    for (;;) {
      const chunk = await findChunk(tx, table, options);
      if (chunk.length === 0) break;
      for (const row of chunk) {
        const rewrapped = await rewrapRow(tx, keys, { table, row }, options);
        if (rewrapped) count(done, table);
        else if (options.unreadable.length >= MAX_UNREADABLE) return await finish(tx, options, done, true);
        if (performance.now() >= deadline) return await finish(tx, options, done, false);
      }
    }
  }
  return await finish(tx, options, done, true);
}

function findChunk(tx: Tx, table: SealedTable, options: BatchOptions): Promise<readonly StaleRow[]> {
  const ids = options.unreadable.filter((row) => row.table === table).map(({ id }) => id);
  return staleRowsOf(table).find.run(tx.db, {
    version: options.version,
    except: JSON.stringify(ids),
    limit: CHUNK,
  });
}

async function rewrapRow(
  tx: Tx,
  keys: KekSwitch,
  { table, row }: { readonly table: SealedTable; readonly row: StaleRow },
  { version, unreadable }: BatchOptions,
): Promise<boolean> {
  const { id, namespace, wrapped_dek: before } = row;
  if (keys.current !== version) throw sealedMeanwhile();
  const after = keys.rewrap({ table, id, namespace }, row);
  if (after === undefined) {
    unreadable.push({ table, id });
    return false;
  }
  await staleRowsOf(table).rewrap.run(tx.db, { id, before, after, version });
  return true;
}

function count(done: { rows: number; secrets: number }, table: SealedTable): void {
  done.rows += 1;
  if (table === "secrets") done.secrets += 1;
}

async function finish(
  tx: Tx,
  { version }: BatchOptions,
  { rows, secrets }: { readonly rows: number; readonly secrets: number },
  exhausted: boolean,
): Promise<BatchResult> {
  if (rows > 0) {
    await tx.db.updateTable("kek_rotations").where("to_version", "=", version).set((eb) => ({
      rows_rewrapped: eb("rows_rewrapped", "+", rows),
      secrets_rewrapped: eb("secrets_rewrapped", "+", secrets),
    })).execute();
  }
  return { rows, secrets, exhausted };
}

function sealedMeanwhile(): VaultError {
  return new VaultError("server.sealed", "The vault was sealed; the rotation goes on once it is unsealed");
}
