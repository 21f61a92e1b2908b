/**
 * The chain of the audit log: each row carries an HMAC-SHA-256 over all its columns, its number, its time and the MAC
 * of the row before. Without the key nobody can change, move, drop or insert a row that verifies.
 *
 * Encoding, version 1: the domain text, then every column of `MACED_COLUMNS` in order as a tag byte (0 null, 1 integer,
 * 2 text, 3 bytes) and, but for null, an unsigned 32-bit big-endian length and that many bytes; an integer is its
 * 8 bytes of two's complement. Every field says its own length, so no two rows have the same encoding.
 */

import type { StoredKey } from "../../shared/crypto/key_storage.ts";
import { equalBytes, hmacSha256 } from "../../shared/crypto/hash.ts";
import { utf8 } from "../../shared/encoding.ts";
import { MACED_COLUMNS } from "../store/audit_columns.ts";
import type { Queries } from "../store/schema.ts";
import type { AuditRow, ChainTail } from "../store/writer.ts";

/** What an empty log ends with: the first row hangs on it. */
export const GENESIS: ChainTail = { seq: 0, mac: new Uint8Array(32) };

const DOMAIN = utf8("cortexauth/audit-row/v1");
const TAG = { null: 0, integer: 1, text: 2, bytes: 3 } as const;
const encoder = new TextEncoder();

/** Grows to the longest row ever encoded; rows hold no secret, so what is left in it does no harm. */
let scratch = new Uint8Array(4096);

/** The MAC of a row, 32 bytes. Does not look at `row.mac`. */
export function rowMac(key: Uint8Array, row: Omit<AuditRow, "mac">): Uint8Array {
  return hmacSha256(key, encodeRow(row));
}

/** The bytes under the MAC: valid until the next call. */
export function encodeRow(row: Omit<AuditRow, "mac">): Uint8Array {
  let end = put(0, DOMAIN);
  for (const column of MACED_COLUMNS) end = putField(end, row[column as keyof typeof row]);
  return scratch.subarray(0, end);
}

function putField(at: number, value: number | string | Uint8Array | null): number {
  if (value === null) return put(at, [TAG.null]);
  if (typeof value === "number") return putInteger(at, value);
  if (typeof value === "string") return putText(at, value);
  return put(putHeader(at, TAG.bytes, value.byteLength), value);
}

function putInteger(at: number, value: number): number {
  const start = putHeader(at, TAG.integer, 8);
  reserve(start + 8);
  new DataView(scratch.buffer).setBigInt64(start, BigInt(value));
  return start + 8;
}

/** A UTF-16 unit takes three bytes at most; the length is written once it is known. */
function putText(at: number, text: string): number {
  reserve(at + 5 + text.length * 3);
  const { written } = encoder.encodeInto(text, scratch.subarray(at + 5));
  putHeader(at, TAG.text, written);
  return at + 5 + written;
}

function putHeader(at: number, tag: number, length: number): number {
  return put(at, [tag, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]);
}

function put(at: number, bytes: ArrayLike<number>): number {
  reserve(at + bytes.length);
  scratch.set(bytes, at);
  return at + bytes.length;
}

function reserve(size: number): void {
  if (size <= scratch.byteLength) return;
  const larger = new Uint8Array(size * 2);
  larger.set(scratch);
  scratch = larger;
}

/** The first thing that is wrong with a log, or how far it is sound. */
export type ChainVerdict =
  | { readonly ok: true; readonly rows: number; readonly tail: ChainTail }
  | { readonly ok: false; readonly seq: number; readonly fault: ChainFault };

/** `changed`: the row is not what was written. `missing`: no row has this number. `unlinked`: it hangs on another row. */
export type ChainFault = "changed" | "missing" | "unlinked";

export interface VerifyOptions {
  /** The row before the first one to look at, where the beginning was verified or put away before. */
  readonly after?: ChainTail;
  /** Rows held in memory at a time. */
  readonly pageSize?: number;
}

/** Recomputes the log from `after` to its end. Cannot tell a log whose newest rows were cut off from a shorter one. */
export async function verifyChain(
  reader: Queries,
  key: StoredKey,
  options: VerifyOptions = {},
): Promise<ChainVerdict> {
  const { after = GENESIS, pageSize = 1_000 } = options;
  let tail = after;
  for (;;) {
    const page = await readPage(reader, tail.seq, pageSize);
    for (const row of page) {
      const fault = faultOf(key, row, tail);
      if (fault !== undefined) return { ok: false, seq: tail.seq + 1, fault };
      tail = { seq: row.seq, mac: row.mac };
    }
    if (page.length < pageSize) return { ok: true, rows: tail.seq - after.seq, tail };
  }
}

function readPage(reader: Queries, after: number, limit: number): Promise<AuditRow[]> {
  return reader.selectFrom("audit_log").selectAll().where("seq", ">", after).orderBy("seq").limit(limit)
    .execute();
}

function faultOf(key: StoredKey, row: AuditRow, before: ChainTail): ChainFault | undefined {
  if (row.seq !== before.seq + 1) return "missing";
  const mac = key.use((bytes) => rowMac(bytes, row));
  if (!equalBytes(mac, row.mac)) return "changed";
  if (!equalBytes(row.prev_mac, before.mac)) return "unlinked";
  return undefined;
}
