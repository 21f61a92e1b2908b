/**
 * The bytes of a row of the audit log that its MAC and the Merkle tree stand for. Known to server and command line, so
 * that a row's place in the tree is checked without the server's help.
 *
 * Encoding, version 1: the domain text, then every column of {@linkcode ENCODED_COLUMNS} in order as a tag byte (0 null,
 * 1 integer, 2 text, 3 bytes) and, but for null, an unsigned 32-bit big-endian length and that many bytes; an integer
 * is its 8 bytes of two's complement. Every field says its own length, so no two rows have the same encoding.
 *
 * The leaf of a row is SHA-256(0x00 ‖ encoding) (RFC 6962, section 2.1); its MAC is HMAC-SHA-256(audit key, leaf).
 */

import { publicSha256, publicSha256Hex } from "../crypto/hash.ts";
import { utf8 } from "../encoding.ts";

/** The columns of `audit_log` but `mac`, in the order of the table. Appending one is a new version. */
export const ENCODED_COLUMNS = [
  "seq",
  "id",
  "at",
  "principal",
  "action",
  "status",
  "agent_id",
  "project_name",
  "namespace",
  "resource_path",
  "details",
  "request_id",
  "source_ip",
  "caller_pid",
  "caller_binary_sha256",
  "caller_argv_hash",
  "caller_cwd",
  "caller_git_commit",
  "hostname",
  "os",
  "prev_mac",
] as const;

export type EncodedColumn = typeof ENCODED_COLUMNS[number];
/** What SQL gives of a row, bytes as hex; further columns are left alone. */
export type StoredRow = readonly (number | string | null)[];
export type FieldValue = number | string | Uint8Array | null;

const PREV_MAC = ENCODED_COLUMNS.indexOf("prev_mac");
const MAC_BYTES = 32;
const LEAF_PREFIX = 0x00;
const DOMAIN = utf8("cortexauth/audit-row/v1");
const TAG = { null: 0, integer: 1, text: 2, bytes: 3 } as const;
const encoder = new TextEncoder();

/** Grows to the longest row ever encoded; rows hold no secret, so what is left in it does no harm. */
let scratch = new Uint8Array(4096);
let view = new DataView(scratch.buffer);

/** The leaf of a row, 32 bytes; the values are those of {@linkcode ENCODED_COLUMNS}, in that order. */
export function leafOf(values: readonly FieldValue[]): Uint8Array {
  return publicSha256(encodeRow(values));
}

/**
 * The leaf, in hex, of a row as it is stored: in the order of {@linkcode ENCODED_COLUMNS}, `prev_mac` in hex. `seq` tries
 * another number than the row's own.
 */
export function leafHexOfStored(row: StoredRow, seq: FieldValue = row[0] ?? null): string {
  scratch[0] = LEAF_PREFIX;
  let end = putField(put(1, DOMAIN), seq);
  for (let index = 1; index < PREV_MAC; index++) end = putField(end, row[index] ?? null);
  const start = putHeader(end, TAG.bytes, MAC_BYTES);
  reserve(start + MAC_BYTES);
  scratch.subarray(start, start + MAC_BYTES).setFromHex(String(row[PREV_MAC]));
  return publicSha256Hex(scratch.subarray(0, start + MAC_BYTES));
}

/** 0x00 and the encoding of a row: valid until the next call. @throws Error for a wrong number of values */
export function encodeRow(values: readonly FieldValue[]): Uint8Array {
  if (values.length !== ENCODED_COLUMNS.length) throw new Error("a row has other columns than these");
  scratch[0] = LEAF_PREFIX;
  let end = put(1, DOMAIN);
  for (const value of values) end = putField(end, value);
  return scratch.subarray(0, end);
}

function putField(at: number, value: FieldValue): number {
  reserve(at + 13);
  if (value === null) {
    scratch[at] = TAG.null;
    return at + 1;
  }
  if (typeof value === "number") return putInteger(at, value);
  if (typeof value === "string") return putText(at, value);
  return put(putHeader(at, TAG.bytes, value.byteLength), value);
}

/** Two's complement in two halves: what JavaScript holds exactly fits, and no BigInt is made. */
function putInteger(at: number, value: number): number {
  const start = putHeader(at, TAG.integer, 8);
  view.setInt32(start, Math.floor(value / 0x1_0000_0000));
  view.setUint32(start + 4, value >>> 0);
  return start + 8;
}

/** A UTF-16 unit takes three bytes at most; the length is written once it is known. */
function putText(at: number, text: string): number {
  const start = at + 5;
  reserve(start + text.length * 3);
  const length = putAscii(text, start)
    ? text.length
    : encoder.encodeInto(text, scratch.subarray(start)).written;
  putHeader(at, TAG.text, length);
  return start + length;
}

/** Writes the text while it is ASCII, as almost every field of every row is; whether all of it was. */
function putAscii(text: string, start: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return false;
    scratch[start + index] = unit;
  }
  return true;
}

function putHeader(at: number, tag: number, length: number): number {
  scratch[at] = tag;
  view.setUint32(at + 1, length);
  return at + 5;
}

function put(at: number, bytes: Uint8Array): number {
  reserve(at + bytes.length);
  scratch.set(bytes, at);
  return at + bytes.length;
}

function reserve(size: number): void {
  if (size <= scratch.byteLength) return;
  const larger = new Uint8Array(size * 2);
  larger.set(scratch);
  scratch = larger;
  view = new DataView(scratch.buffer);
}
