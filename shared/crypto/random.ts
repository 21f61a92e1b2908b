/** Randomness from the operating system, by WebCrypto. */

import { toHex } from "../encoding.ts";

/** `length` random bytes. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** `length` random bytes as lowercase hex of twice that length. */
export function randomHex(length: number): string {
  return toHex(randomBytes(length));
}

/** A random UUID, version 4, lowercase (RFC 9562). */
export function randomUuid(): string {
  return crypto.randomUUID();
}
