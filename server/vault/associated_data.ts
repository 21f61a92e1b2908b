/**
 * The one place where associated data is made: what a sealed text is bound to. Every field carries its length, so two
 * different places never give the same bytes.
 */

import type { SealedTable } from "./sealed_tables.ts";

/** The row that a sealed text belongs to. A text that was moved to another row does not open. */
export interface Place {
  readonly table: SealedTable;
  readonly id: string;
  readonly namespace: string;
}

/** The namespace of rows that have none. No namespace of users can be empty. */
export const NO_NAMESPACE = "";

const encoder = new TextEncoder();
/** Holds names only, no secret. */
let scratch = new Uint8Array(512);

const DOMAIN = "cortexauth/sealed/v1";

/** For the body of a row. Names no key version, so that a rotation leaves bodies as they are. */
export function bodyAssociatedData(place: Place): Uint8Array {
  return encodeFields([DOMAIN, "body", place.table, place.id, place.namespace]);
}

/** For the row's data key, which is wrapped under one version of the KEK. */
export function dekAssociatedData(place: Place, kekVersion: number): Uint8Array {
  return encodeFields([DOMAIN, "dek", place.table, place.id, place.namespace, String(kekVersion)]);
}

/** For the text that proves a password. */
export function sentinelAssociatedData(kekVersion: number): Uint8Array {
  return encodeFields([DOMAIN, "sentinel", String(kekVersion)]);
}

/** Each field as its length in bytes, 32 bits big-endian, and its UTF-8. */
export function encodeFields(fields: readonly string[]): Uint8Array {
  let at = 0;
  for (const field of fields) at = putField(at, field);
  return scratch.slice(0, at);
}

/** Twenty of these stand before every read of ten secrets: hence the shared scratch and the plain loop. */
function putField(start: number, field: string): number {
  // Three bytes hold any UTF-16 unit in UTF-8.
  reserve(start + 4 + 3 * field.length);
  const from = start + 4;
  const to = from + (putAscii(from, field) ?? encoder.encodeInto(field, scratch.subarray(from)).written);
  const length = to - from;
  scratch[start] = length >>> 24;
  scratch[start + 1] = (length >>> 16) & 255;
  scratch[start + 2] = (length >>> 8) & 255;
  scratch[start + 3] = length & 255;
  return to;
}

/** How many bytes were written, or undefined for a text that is not ASCII. */
function putAscii(from: number, text: string): number | undefined {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 127) return undefined;
    scratch[from + at] = unit;
  }
  return text.length;
}

function reserve(size: number): void {
  if (size <= scratch.byteLength) return;
  const larger = new Uint8Array(2 * size);
  larger.set(scratch);
  scratch = larger;
}
