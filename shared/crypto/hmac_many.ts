/**
 * HMAC-SHA-256 (RFC 2104) of many 32-byte messages under one key: the key's blocks are made once. Digests go by hex,
 * which costs half of a buffer by `node:crypto`; none of them leads back to the key.
 */

import { hash } from "node:crypto";
import { wipe } from "./wipe.ts";

const BLOCK_BYTES = 64;
const MESSAGE_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export class HmacMany implements Disposable {
  readonly #inner: Uint8Array;
  readonly #outer: Uint8Array;
  readonly #message: Uint8Array;
  /** Where the digest of the inner block goes. */
  readonly #digest: Uint8Array;

  /** A key of at most 64 bytes; the caller keeps and wipes its own copy. */
  constructor(key: Uint8Array) {
    if (key.byteLength > BLOCK_BYTES) throw new Error("the key is longer than a block");
    this.#inner = pad(key, INNER_PAD);
    this.#outer = pad(key, OUTER_PAD);
    this.#message = this.#inner.subarray(BLOCK_BYTES);
    this.#digest = this.#outer.subarray(BLOCK_BYTES);
  }

  /** Whether this is the MAC of the message, both in hex. For MACs that are no secret: the time it takes depends on them. */
  fits(message: string, mac: string): boolean {
    this.#message.setFromHex(message);
    return mac === this.#hex();
  }

  #hex(): string {
    this.#digest.setFromHex(hash("sha256", this.#inner, "hex"));
    return hash("sha256", this.#outer, "hex");
  }

  /** The blocks hold the key. */
  [Symbol.dispose](): void {
    wipe(this.#inner);
    wipe(this.#outer);
  }
}

function pad(key: Uint8Array, value: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES + MESSAGE_BYTES);
  block.fill(value, 0, BLOCK_BYTES);
  key.forEach((byte, index) => block[index] = byte ^ value);
  return block;
}
