/** Wire schemas of the public keys that verify our tokens (RFC 7517, RFC 8037). */

import * as z from "zod";

export const SigningJwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
  kid: z.string(),
  x: z.string().describe("Base64url of the public key."),
});

/** How one key vouched for the next. */
export const KeyHandover = z.object({
  from_kid: z.string(),
  from_x: z.string(),
  to_kid: z.string(),
  to_x: z.string(),
  at: z.int().describe("Unix seconds."),
  signature: z.string().describe("Base64url, by the key before."),
});

/** Answer of `GET /.well-known/jwks.json`, newest first. */
export const Jwks = z.object({
  keys: z.array(SigningJwk),
  cortex_handovers: z.array(KeyHandover).optional().describe(
    "Oldest first; absent before the first rotation.",
  ),
});
