/**
 * The chain of the audit log: each row carries an HMAC-SHA-256 over all its columns, its number, its time and the MAC
 * of the row before (see `shared/audit/row_encoding.ts`). Without the key nobody can change, move, drop or insert a row
 * that verifies.
 */

import { ENCODED_COLUMNS, leafOf } from "../../shared/audit/row_encoding.ts";
import { hmacSha256 } from "../../shared/crypto/hash.ts";
import type { AuditRow, ChainTail } from "../store/writer.ts";

/** What an empty log ends with: the first row hangs on it. */
export const GENESIS: ChainTail = { seq: 0, mac: new Uint8Array(32) };

/** The MAC of a row, 32 bytes. Does not look at `row.mac`. */
export function rowMac(key: Uint8Array, row: Omit<AuditRow, "mac">): Uint8Array {
  return hmacSha256(key, rowLeaf(row));
}

/** The leaf of a row in the tree, 32 bytes. */
export function rowLeaf(row: Omit<AuditRow, "mac">): Uint8Array {
  return leafOf(ENCODED_COLUMNS.map((column) => row[column]));
}
