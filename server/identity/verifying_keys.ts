/**
 * Key objects of public keys that verify often: making one costs half of what verifying costs. The cache is a pure
 * function of the bytes, so there is nothing to invalidate.
 */

import { type VerifyingKey, verifyingKey } from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";

const MAX_KEYS = 10_000;

export class VerifyingKeys {
  readonly #keys = new Map<string, VerifyingKey>();

  /** The key of 32 raw bytes out of the database, where only sound points are. */
  of(raw: Uint8Array): VerifyingKey {
    const name = toBase64Url(raw);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    const key = verifyingKey(raw);
    this.#keys.set(name, key);
    return key;
  }
}
