/**
 * Two KEKs, each sealed under the other: what a database holds while a rotation runs, so that the old password and the
 * new one both lead to every row. Both seals are overwritten when the rotation is complete.
 */

import { aeadOpen, aeadSeal } from "../../../shared/crypto/aead.ts";
import { encodeFields } from "../associated_data.ts";

const DOMAIN = "cortexauth/linked-kek/v1";

/** From which version to which. */
export interface Versions {
  readonly from: number;
  readonly to: number;
}

export interface LinkedKeys {
  readonly oldUnderNew: Uint8Array;
  readonly newUnderOld: Uint8Array;
}

/** Both keys stay the caller's to wipe. */
export function linkKeys(oldKek: Uint8Array, newKek: Uint8Array, versions: Versions): LinkedKeys {
  return {
    oldUnderNew: aeadSeal(newKek, oldKek, associated("old", versions)),
    newUnderOld: aeadSeal(oldKek, newKek, associated("new", versions)),
  };
}

/** The old KEK, to be wiped by the caller, or undefined where the new one is not that of the link. */
export function followToOld(
  newKek: Uint8Array,
  sealed: Uint8Array,
  versions: Versions,
): Uint8Array<ArrayBuffer> | undefined {
  return aeadOpen(newKek, sealed, associated("old", versions));
}

/** The new KEK, to be wiped by the caller, or undefined where the old one is not that of the link. */
export function followToNew(
  oldKek: Uint8Array,
  sealed: Uint8Array,
  versions: Versions,
): Uint8Array<ArrayBuffer> | undefined {
  return aeadOpen(oldKek, sealed, associated("new", versions));
}

function associated(which: "old" | "new", { from, to }: Versions): Uint8Array {
  return encodeFields([DOMAIN, which, String(from), String(to)]);
}
