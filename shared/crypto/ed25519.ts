/**
 * Ed25519 (RFC 8032) over raw 32-byte keys, by `node:crypto`. Public keys that come from outside go through
 * `public_key.ts` first, which refuses points of small order: they verify anything.
 */

import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";
import { fromBase64, fromBase64Url, toBase64Url } from "../encoding.ts";
import { sha256 } from "./hash.ts";
import { randomBytes } from "./random.ts";
import { wipe } from "./wipe.ts";

/** DER prefixes that wrap a raw key (RFC 8410): PKCS#8 before a seed, SPKI before a public key. */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");
const SPKI_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** A private key that signs. */
export type SigningKey = KeyObject;
/** A public key that verifies. */
export type VerifyingKey = KeyObject;

/** A fresh 32-byte seed. */
export function generateSeed(): Uint8Array<ArrayBuffer> {
  return randomBytes(KEY_BYTES);
}

/** The signing key of a 32-byte seed. The caller wipes its own copy of the seed. */
export function signingKey(seed: Uint8Array): SigningKey {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    wipe(der);
  }
}

/** The raw public key of a signing key: 32 bytes. */
export function publicKeyOf(key: SigningKey): Uint8Array<ArrayBuffer> {
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(SPKI_PREFIX.byteLength));
}

/** The verifying key of 32 raw bytes that were checked when they came in. */
export function verifyingKey(raw: Uint8Array): VerifyingKey {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
}

/** A detached signature: 64 bytes. */
export function sign(key: SigningKey, message: Uint8Array): Uint8Array {
  return nodeSign(null, message, key);
}

/** Whether the signature is one of the message under the key. */
export function verify(key: VerifyingKey, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.byteLength === SIGNATURE_BYTES && nodeVerify(null, message, key, signature);
}

/** Bytes of a key or signature in unpadded base64url or, as the predecessor's clients may send, padded base64. */
export function decodeKeyText(text: string): Uint8Array<ArrayBuffer> | undefined {
  return fromBase64Url(text) ?? fromBase64(text);
}

/** What a person compares: `SHA256:` and the unpadded base64url of the SHA-256 of the raw public key. */
export function keyFingerprint(raw: Uint8Array): string {
  return `SHA256:${toBase64Url(sha256(raw))}`;
}
