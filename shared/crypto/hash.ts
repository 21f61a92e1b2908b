/** Digests and keyed digests by `node:crypto`, which is several times quicker than WebCrypto for short input. */

import { createHash, createHmac, hash, timingSafeEqual } from "node:crypto";
import { utf8 } from "../encoding.ts";

/** SHA-256 of bytes or of the UTF-8 of a text: 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return createHash("sha256").update(data).digest();
}

/**
 * SHA-256 of bytes that are no secret: the digest is a string on its way, which costs half of a buffer by
 * `node:crypto` and cannot be wiped.
 */
export function publicSha256(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(publicSha256Hex(data));
}

/** {@linkcode publicSha256} as 64 lowercase hex digits. */
export function publicSha256Hex(data: Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** SHA-256 as 64 lowercase hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** HMAC-SHA-256 (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array | string): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}

/** Whether two texts are equal, in a time that depends only on their lengths being equal. */
export function equalTexts(left: string, right: string): boolean {
  return equalBytes(utf8(left), utf8(right));
}

/** Whether two byte strings are equal, in a time that depends only on their lengths being equal. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

/** SHA-256 of a text that comes in pieces. */
export class Sha256 {
  readonly #hash = createHash("sha256");

  update(piece: Uint8Array): void {
    this.#hash.update(piece);
  }

  /** The digest, 32 bytes. Nothing can be added after it. */
  digest(): Uint8Array {
    return this.#hash.digest();
  }
}
