/**
 * Unwrapped data keys of rows that were opened lately, in one locked block: half of what opening a row costs is the
 * unwrapping of its key. A key is lent only for the very wrapping that it came out of, so that a row which was written,
 * re-wrapped or tampered with is unwrapped anew. Sealing the vault wipes the block.
 */

import type { KeyStorage, StoredKey } from "../../shared/crypto/key_storage.ts";
import { AEAD_KEY_BYTES } from "../../shared/crypto/aead.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import type { Place } from "./associated_data.ts";

/** 32 KiB of locked memory; rows beyond it push the oldest ones out. */
const DEFAULT_SLOTS = 1024;

interface Slot {
  readonly number: number;
  readonly wrapped: Uint8Array;
}

export class DekCache {
  readonly #block: StoredKey;
  readonly #slots: number;
  /** By place, in the order in which the slots were taken. */
  readonly #known = new Map<string, Slot>();

  constructor(storage: KeyStorage, slots = DEFAULT_SLOTS) {
    this.#block = storage.store(new Uint8Array(slots * AEAD_KEY_BYTES));
    this.#slots = slots;
  }

  /** Lends the DEK of a row for the length of a call. `unwrap` is asked where it is not known; undefined stays. */
  use<T>(
    place: Place,
    wrapped: Uint8Array,
    unwrap: () => Uint8Array | undefined,
    action: (dek: Uint8Array) => T,
  ): T | undefined {
    const key = `${place.table}\0${place.namespace}\0${place.id}`;
    const slot = this.#known.get(key);
    if (slot !== undefined && isSame(slot.wrapped, wrapped)) return this.#lend(slot, action);
    const dek = unwrap();
    if (dek === undefined) return undefined;
    return this.#lend(this.#keep(key, wrapped, dek), action);
  }

  /** Overwrites every key: a KEK that unwrapped some of them is gone. */
  clear(): void {
    this.#known.clear();
    this.#block.use(wipe);
  }

  /** Overwrites every key and gives the block back. Nothing can be lent any more. */
  wipe(): void {
    this.#known.clear();
    this.#block.wipe();
  }

  /** Takes the key over and wipes the given array. */
  #keep(key: string, wrapped: Uint8Array, dek: Uint8Array): Slot {
    const slot = { number: this.#freeSlot(key), wrapped: wrapped.slice() };
    this.#block.use((block) => block.set(dek, slot.number * AEAD_KEY_BYTES));
    wipe(dek);
    this.#known.set(key, slot);
    return slot;
  }

  #freeSlot(key: string): number {
    const own = this.#known.get(key);
    if (own !== undefined) return own.number;
    if (this.#known.size < this.#slots) return this.#known.size;
    const [oldest = ["", { number: 0 }]] = this.#known;
    this.#known.delete(oldest[0]);
    return oldest[1].number;
  }

  #lend<T>({ number }: Slot, action: (dek: Uint8Array) => T): T {
    const start = number * AEAD_KEY_BYTES;
    return this.#block.use((block) => action(block.subarray(start, start + AEAD_KEY_BYTES)));
  }
}

/** Wrappings are no secret: whoever reads the database has them. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, at) => byte === right[at]);
}
