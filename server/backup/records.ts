/**
 * What an archive holds inside: for each table its name and columns, its rows, and how many they were; at the end how
 * many tables there were. A record is its length (32 bits big-endian), its kind (one byte) and its values.
 *
 * A value is a tag byte (0 null, 1 integer, 2 text, 3 bytes) and, but for null, a length of 32 bits and that many
 * bytes; an integer is its 8 bytes of two's complement. Every length is told, so no two contents look the same.
 */

import { damaged } from "../../shared/backup/archive_frames.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import type { StoredValue } from "../store/snapshot.ts";

export type ArchiveRecord =
  | { readonly kind: "table"; readonly name: string; readonly columns: readonly string[] }
  /** Of the table that was named last; one value for each of its columns. */
  | { readonly kind: "row"; readonly values: readonly StoredValue[] }
  | { readonly kind: "table_end"; readonly rows: number }
  | { readonly kind: "archive_end"; readonly tables: number };

const KIND_BYTE = { table: 1, row: 2, table_end: 3, archive_end: 4 } as const;
const TAG = { null: 0, integer: 1, text: 2, bytes: 3 } as const;
/** A row holds a value of 1 MiB and little else. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const TWO_32 = 0x1_0000_0000;
const encoder = new TextEncoder();

/** Gathers records into pieces of a given size. */
export class RecordWriter {
  #buffer = new Uint8Array(256 * 1024);
  #view = new DataView(this.#buffer.buffer);
  #end = 0;

  /** Bytes that were not taken yet. */
  get size(): number {
    return this.#end;
  }

  write(record: ArchiveRecord): void {
    const start = this.#end;
    this.#reserve(5);
    this.#buffer[start + 4] = KIND_BYTE[record.kind];
    this.#end += 5;
    for (const value of valuesOf(record)) this.#put(value);
    this.#view.setUint32(start, this.#end - start - 4);
  }

  /** The first `length` bytes, or what there is. */
  take(length: number): Uint8Array {
    const taken = this.#buffer.slice(0, Math.min(length, this.#end));
    this.#buffer.copyWithin(0, taken.byteLength, this.#end);
    this.#end -= taken.byteLength;
    return taken;
  }

  #put(value: StoredValue): void {
    if (value === null) return this.#putNull();
    if (typeof value === "number") return this.#putInteger(value);
    if (typeof value === "string") return this.#putText(value);
    this.#putBytes(value);
  }

  #putNull(): void {
    this.#reserve(1);
    this.#buffer[this.#end++] = TAG.null;
  }

  #putInteger(value: number): void {
    if (!Number.isSafeInteger(value)) throw new Error("a table holds a number that is no whole one");
    const at = this.#header(TAG.integer, 8);
    this.#view.setInt32(at, Math.floor(value / TWO_32));
    this.#view.setUint32(at + 4, value >>> 0);
    this.#end = at + 8;
  }

  /** A UTF-16 unit takes three bytes at most; the length is written once it is known. */
  #putText(text: string): void {
    const at = this.#header(TAG.text, text.length * 3);
    const { written } = encoder.encodeInto(text, this.#buffer.subarray(at));
    this.#view.setUint32(at - 4, written);
    this.#end = at + written;
  }

  #putBytes(bytes: Uint8Array): void {
    const at = this.#header(TAG.bytes, bytes.byteLength);
    this.#buffer.set(bytes, at);
    this.#end = at + bytes.byteLength;
  }

  /** Where the value begins. */
  #header(tag: number, length: number): number {
    this.#reserve(5 + length);
    this.#buffer[this.#end] = tag;
    this.#view.setUint32(this.#end + 1, length);
    return this.#end + 5;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#buffer.byteLength) return;
    const larger = new Uint8Array(2 * (this.#end + more));
    larger.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function valuesOf(record: ArchiveRecord): readonly StoredValue[] {
  switch (record.kind) {
    case "table":
      return [record.name, ...record.columns];
    case "row":
      return record.values;
    case "table_end":
      return [record.rows];
    case "archive_end":
      return [record.tables];
  }
}

/** Records out of pieces of any size. */
export class RecordReader {
  #waiting = new Uint8Array();

  /** The records that are whole with this piece. @throws VaultError `archive.damaged` */
  *feed(piece: Uint8Array): Generator<ArchiveRecord> {
    const bytes = joined(this.#waiting, piece);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (bytes.byteLength - at >= 4) {
      const length = view.getUint32(at);
      if (length < 1 || length > MAX_RECORD_BYTES) throw damaged();
      if (bytes.byteLength - at - 4 < length) break;
      yield readRecord(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#waiting = bytes.slice(at);
  }

  /** Whether nothing was left half way. */
  get isEmpty(): boolean {
    return this.#waiting.byteLength === 0;
  }
}

function readRecord(bytes: Uint8Array): ArchiveRecord {
  const values = readValues(bytes.subarray(1));
  const [first, ...rest] = values;
  switch (bytes[0]) {
    case KIND_BYTE.table:
      return { kind: "table", name: textOf(first), columns: rest.map(textOf) };
    case KIND_BYTE.row:
      return { kind: "row", values };
    case KIND_BYTE.table_end:
      return { kind: "table_end", rows: integerOf(first) };
    case KIND_BYTE.archive_end:
      return { kind: "archive_end", tables: integerOf(first) };
    default:
      throw damaged();
  }
}

function readValues(bytes: Uint8Array): StoredValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: StoredValue[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const tag = bytes[at];
    if (tag === TAG.null) {
      values.push(null);
      at += 1;
      continue;
    }
    if (at + 5 > bytes.byteLength) throw damaged();
    const start = at + 5;
    at = start + view.getUint32(at + 1);
    if (at > bytes.byteLength) throw damaged();
    values.push(readValue(tag, bytes.subarray(start, at)));
  }
  return values;
}

function readValue(tag: number | undefined, bytes: Uint8Array): StoredValue {
  if (tag === TAG.bytes) return bytes.slice();
  if (tag === TAG.text) return fromUtf8(bytes) ?? refuse();
  if (tag !== TAG.integer || bytes.byteLength !== 8) return refuse();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getInt32(0) * TWO_32 + view.getUint32(4);
}

function refuse(): never {
  throw damaged();
}

function textOf(value: StoredValue | undefined): string {
  return typeof value === "string" ? value : refuse();
}

function integerOf(value: StoredValue | undefined): number {
  return typeof value === "number" ? value : refuse();
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.byteLength + tail.byteLength);
  whole.set(head);
  whole.set(tail, head.byteLength);
  return whole;
}
