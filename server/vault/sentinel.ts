/** The text that proves a KEK: sealed under it, bound to its version, opened by nothing else. */

import { aeadOpen, aeadSeal } from "../../shared/crypto/aead.ts";
import { fromUtf8, utf8 } from "../../shared/encoding.ts";
import { sentinelAssociatedData } from "./associated_data.ts";

const SENTINEL = "cortexauth/kek-sentinel/v1";

/** What a later {@linkcode provesSentinel} is held against. */
export function makeSentinel(kek: Uint8Array, kekVersion: number): Uint8Array {
  return aeadSeal(kek, utf8(SENTINEL), sentinelAssociatedData(kekVersion));
}

/** Whether a key is the one that a seal was made with. */
export function provesSentinel(
  kek: Uint8Array,
  seal: { readonly sentinel: Uint8Array; readonly kek_version: number },
): boolean {
  const opened = aeadOpen(kek, seal.sentinel, sentinelAssociatedData(seal.kek_version));
  return opened !== undefined && fromUtf8(opened) === SENTINEL;
}
