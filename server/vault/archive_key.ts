/**
 * The key of one backup archive, wrapped under the KEK of the vault: whoever can unseal the vault can open the archive,
 * and nobody else. Bound to the archive's id, so that it opens no other.
 */

import { aeadOpen, aeadSeal } from "../../shared/crypto/aead.ts";
import { encodeFields } from "./associated_data.ts";
import type { Keyring } from "./keyring.ts";

const DOMAIN = "cortexauth/archive-key/v1";

/** Which archive a key belongs to, and which KEK wraps it. */
export interface ArchiveKeyPlace {
  readonly archiveId: string;
  readonly kekVersion: number;
}

/** @throws Error where the keyring does not hold that version of the KEK */
export function wrapArchiveKey(
  keyring: Keyring,
  place: ArchiveKeyPlace,
  key: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const wrapped = keyring.use(place.kekVersion, (kek) => aeadSeal(kek, key, associated(place)));
  if (wrapped === undefined) {
    throw new Error("the vault does not hold the key that a backup is wrapped under");
  }
  return wrapped;
}

/** The 32 bytes, to be wiped by the caller, or undefined where the KEK or the archive is another. */
export function unwrapArchiveKey(
  kek: Uint8Array,
  place: ArchiveKeyPlace,
  wrapped: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  return aeadOpen(kek, wrapped, associated(place));
}

function associated({ archiveId, kekVersion }: ArchiveKeyPlace): Uint8Array {
  return encodeFields([DOMAIN, archiveId, String(kekVersion)]);
}
