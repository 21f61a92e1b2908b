/**
 * Where a raw key lies while the program runs. The programs use locked pages outside the JavaScript heap; tests use
 * the heap.
 */

import { wipe } from "./wipe.ts";

/** One key at rest in memory. */
export interface StoredKey {
  /** Lends the bytes for the length of a call; keep no reference. @throws Error once wiped */
  use<T>(action: (bytes: Uint8Array) => T): T;
  wipe(): void;
}

export interface KeyStorage {
  /** Takes the bytes over: the given array is wiped. */
  store(bytes: Uint8Array): StoredKey;
  /** What protection there is, for the log. */
  readonly protection: string;
}

/** Keys on the JavaScript heap: may be swapped out or copied by the garbage collector. */
export const heapKeyStorage: KeyStorage = {
  protection: "none (heap)",
  store: (bytes) => {
    const own = bytes.slice();
    wipe(bytes);
    return storedKey(own, () => wipe(own));
  },
};

/** A {@linkcode StoredKey} over bytes that stay where they are. */
export function storedKey(bytes: Uint8Array, erase: () => void): StoredKey {
  let alive = true;
  return {
    use: (action) => {
      if (!alive) throw new Error("this key was wiped");
      return action(bytes);
    },
    wipe: () => {
      if (alive) erase();
      alive = false;
    },
  };
}
