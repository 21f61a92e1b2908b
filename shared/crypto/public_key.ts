/** The door for Ed25519 public keys from outside: nothing but sound points of the prime-order group gets in. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { decodeKeyText, KEY_BYTES } from "./ed25519.ts";

/**
 * The 32 raw bytes of a public key in base64url or base64, or undefined where the text is no key, the bytes are
 * no point, or the point has small order or a small-order part (such keys accept forged signatures).
 */
export function parsePublicKeyText(text: string): Uint8Array<ArrayBuffer> | undefined {
  const raw = decodeKeyText(text.trim());
  return raw?.byteLength === KEY_BYTES && isSoundPoint(raw) ? raw : undefined;
}

function isSoundPoint(raw: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(raw);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}
