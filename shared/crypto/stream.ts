/**
 * Long texts in authenticated chunks: the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár 2015) over
 * AES-256-GCM, as age uses it. The nonce of a chunk is its number (88 bits big-endian) and a byte that is 1 for the last
 * one, so chunks cannot be changed, moved, repeated or dropped, and no end can be made up or taken away.
 *
 * The key serves one stream and nothing else: only so are counted nonces never used twice.
 */

import { createCipheriv, createDecipheriv } from "node:crypto";
import { NONCE_BYTES, TAG_BYTES } from "./aead.ts";

const ALGORITHM = "aes-256-gcm";
const LAST = 1;

/** Seals the chunks of one stream in order. */
export class StreamSealer {
  readonly #key: Uint8Array;
  readonly #associated: Uint8Array;
  readonly #nonces = new ChunkNonces();

  /** `key`: 32 bytes, fresh for this stream; the caller wipes it. Every chunk is bound to `associated`. */
  constructor(key: Uint8Array, associated: Uint8Array) {
    this.#key = key;
    this.#associated = associated;
  }

  /** Ciphertext and tag of the next chunk. @throws Error after the last one */
  seal(chunk: Uint8Array, isLast: boolean): Uint8Array<ArrayBuffer> {
    const nonce = this.#nonces.next(isLast);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#associated);
    const body = cipher.update(chunk);
    cipher.final();
    const sealed = new Uint8Array(body.byteLength + TAG_BYTES);
    sealed.set(body);
    sealed.set(cipher.getAuthTag(), body.byteLength);
    return sealed;
  }
}

/** Opens the chunks of one stream in order. */
export class StreamOpener {
  readonly #key: Uint8Array;
  readonly #associated: Uint8Array;
  readonly #nonces = new ChunkNonces();

  /** `key` and `associated` of the sealing; the caller wipes the key. */
  constructor(key: Uint8Array, associated: Uint8Array) {
    this.#key = key;
    this.#associated = associated;
  }

  /** The chunk, or undefined where it is not this one of this stream. @throws Error after the last one */
  open(sealed: Uint8Array, isLast: boolean): Uint8Array | undefined {
    if (sealed.byteLength < TAG_BYTES) return undefined;
    const tagStart = sealed.byteLength - TAG_BYTES;
    const nonce = this.#nonces.next(isLast);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#associated);
    decipher.setAuthTag(sealed.subarray(tagStart));
    const unverified = decipher.update(sealed.subarray(0, tagStart));
    try {
      decipher.final();
    } catch {
      unverified.fill(0);
      return undefined;
    }
    return unverified;
  }
}

class ChunkNonces {
  #count = 0;
  #ended = false;

  next(isLast: boolean): Uint8Array {
    if (this.#ended) throw new Error("the stream has ended");
    this.#ended = isLast;
    const nonce = new Uint8Array(NONCE_BYTES);
    // A number of chunks is exact far below the 2^53 that a JavaScript number holds.
    new DataView(nonce.buffer).setBigUint64(NONCE_BYTES - 9, BigInt(this.#count++));
    if (isLast) nonce[NONCE_BYTES - 1] = LAST;
    return nonce;
  }
}
