/** HMAC (RFC 2104) with the hashes that webhooks and AWS use, by `node:crypto`. */

import { createHmac } from "node:crypto";

/** The MAC of a message that may come in parts. The caller wipes its key. */
export function hmac(
  hash: "sha256" | "sha512" | "sha1",
  key: Uint8Array,
  ...parts: Uint8Array[]
): Uint8Array {
  const mac = createHmac(hash, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
