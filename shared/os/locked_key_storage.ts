/** {@linkcode KeyStorage} on locked pages: one page for each key. */

import { type KeyStorage, type StoredKey, storedKey } from "../crypto/key_storage.ts";
import { wipe } from "../crypto/wipe.ts";
import { LockedPage } from "./locked_page.ts";
import type { ProtectionStep } from "./protection.ts";

export interface LockedKeyStorage extends KeyStorage {
  readonly steps: readonly ProtectionStep[];
}

/** Tries one page and says what protection it got; every later key gets the same. */
export function lockedKeyStorage(): LockedKeyStorage {
  using probe = LockedPage.allocate(1);
  const { steps } = probe;
  const missing = steps.filter(({ done }) => !done).map(({ step, reason }) => `${step} (${reason})`);
  return {
    steps,
    protection: missing.length === 0 ? "locked pages" : `own pages, without: ${missing.join(", ")}`,
    store: storeInPage,
  };
}

function storeInPage(bytes: Uint8Array): StoredKey {
  const page = LockedPage.allocate(bytes.byteLength);
  page.bytes.set(bytes);
  wipe(bytes);
  return storedKey(page.bytes, () => page.wipeAndFree());
}
