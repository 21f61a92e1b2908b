/**
 * The KEKs that this server holds, by version. Sealing uses the newest; opening uses the one that the sealed text
 * names, so that old rows open while a rotation re-wraps them.
 */

import type { KeyStorage, StoredKey } from "../../shared/crypto/key_storage.ts";
import { DekCache } from "./dek_cache.ts";

export class Keyring {
  readonly #storage: KeyStorage;
  readonly #keys = new Map<number, StoredKey>();
  #current = 0;
  /** Data keys that these KEKs have unwrapped lately. */
  readonly deks: DekCache;

  constructor(storage: KeyStorage) {
    this.#storage = storage;
    this.deks = new DekCache(storage);
  }

  /** The version that seals. */
  get current(): number {
    return this.#current;
  }

  /** Takes a 32-byte KEK over and wipes the given array. The highest version becomes the current one. */
  add(version: number, kek: Uint8Array): void {
    this.drop(version);
    this.#keys.set(version, this.#storage.store(kek));
    this.#current = Math.max(this.#current, version);
  }

  /** Lends the KEK of a version, or gives undefined where there is none. */
  use<T>(version: number, action: (kek: Uint8Array) => T): T | undefined {
    return this.#keys.get(version)?.use(action);
  }

  /** Wipes one version: what was wrapped under it does not open any more. */
  drop(version: number): void {
    const key = this.#keys.get(version);
    if (key === undefined) return;
    key.wipe();
    this.#keys.delete(version);
    this.deks.clear();
  }

  /** Wipes all of them: nothing can be sealed or opened any more. */
  wipe(): void {
    for (const version of [...this.#keys.keys()]) this.drop(version);
    this.deks.wipe();
    this.#current = 0;
  }
}
