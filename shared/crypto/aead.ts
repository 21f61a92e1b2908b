/**
 * AES-256-GCM (NIST SP 800-38D) by `node:crypto`. A sealed text is nonce (12 random bytes), ciphertext, tag (16). Random
 * nonces are safe here because a key seals few texts: a DEK one, a KEK one per row, far below the 2^32 of section 8.3.
 */

import { createCipheriv, createDecipheriv } from "node:crypto";
import { randomBytes } from "./random.ts";

export const AEAD_KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** How much longer a sealed text is than its plaintext. */
export const AEAD_OVERHEAD = NONCE_BYTES + TAG_BYTES;

const ALGORITHM = "aes-256-gcm";

/** Seals `plaintext` under a 32-byte key, bound to `associated`. */
export function aeadSeal(
  key: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  const body = cipher.update(plaintext);
  cipher.final();
  const sealed = new Uint8Array(AEAD_OVERHEAD + body.byteLength);
  sealed.set(nonce);
  sealed.set(body, NONCE_BYTES);
  sealed.set(cipher.getAuthTag(), NONCE_BYTES + body.byteLength);
  return sealed;
}

/** The plaintext, in memory of its own, or undefined where key, bytes or `associated` are not those of the sealing. */
export function aeadOpen(
  key: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  if (sealed.byteLength < AEAD_OVERHEAD) return undefined;
  const tagStart = sealed.byteLength - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(tagStart));
  const unverified = decipher.update(sealed.subarray(NONCE_BYTES, tagStart));
  try {
    decipher.final();
  } catch {
    unverified.fill(0);
    return undefined;
  }
  return ownBytes(unverified);
}

/** Small Buffers may share a pool with others (in Deno 2.6): wiping or keeping one must not touch or keep theirs. */
function ownBytes(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = buffer.buffer;
  if (whole instanceof ArrayBuffer && whole.byteLength === buffer.byteLength) return new Uint8Array(whole);
  const own = new Uint8Array(buffer);
  buffer.fill(0);
  return own;
}
