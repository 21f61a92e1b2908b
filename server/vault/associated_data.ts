/**
 * The one place where associated data is made: what a sealed text is bound to. Every field carries its length, so two
 * different places never give the same bytes.
 */

/** The row that a sealed text belongs to. A text that was moved to another row does not open. */
export interface Place {
  readonly table: SealedTable;
  readonly id: string;
  readonly namespace: string;
}

/** Every table with sealed columns: what a rotation of the KEK has to walk through. */
export const SEALED_TABLES = ["secrets", "server_keys"] as const;
export type SealedTable = typeof SEALED_TABLES[number];

/** The namespace of rows that have none. No namespace of users can be empty. */
export const NO_NAMESPACE = "";

const encoder = new TextEncoder();

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
  // Three bytes hold any UTF-16 unit in UTF-8.
  const bytes = new Uint8Array(fields.reduce((size, field) => size + 4 + 3 * field.length, 0));
  let at = 0;
  for (const field of fields) {
    const length = put(bytes.subarray(at + 4), field);
    bytes.set([length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255], at);
    at += 4 + length;
  }
  return bytes.slice(0, at);
}

/** Writes a text and gives how many bytes it took. Most are short and ASCII: no call into the engine is needed for those. */
function put(bytes: Uint8Array, text: string): number {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 127) return encoder.encodeInto(text, bytes).written;
    bytes[at] = unit;
  }
  return text.length;
}
