/**
 * The one place where associated data is made: what a sealed text is bound to. Every field carries its length, so two
 * different places never give the same bytes.
 */

import { utf8 } from "../../shared/encoding.ts";

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
  const parts = fields.map(utf8);
  const size = parts.reduce((sum, part) => sum + 4 + part.byteLength, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.byteLength);
    bytes.set(part, at + 4);
    at += 4 + part.byteLength;
  }
  return bytes;
}
