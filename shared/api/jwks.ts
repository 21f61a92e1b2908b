/** Wire schemas of the public keys that verify our tokens (RFC 7517, RFC 8037). */

import { z } from "zod";

export const SigningJwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
  kid: z.string(),
  /** Base64url of the public key. */
  x: z.string(),
});

/** How one key vouched for the next. */
export const KeyHandover = z.object({
  from_kid: z.string(),
  from_x: z.string(),
  to_kid: z.string(),
  to_x: z.string(),
  /** Unix seconds. */
  at: z.int(),
  /** Base64url, by the key before. */
  signature: z.string(),
});

/** Answer of `GET /.well-known/jwks.json`, newest first. */
export const Jwks = z.object({
  keys: z.array(SigningJwk),
  /** Oldest first; absent before the first rotation. */
  cortex_handovers: z.array(KeyHandover).optional(),
});
