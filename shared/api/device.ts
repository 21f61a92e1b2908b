/**
 * Wire schemas of the device flow: RFC 8628 as the predecessor speaks it, plus the proofs of `device_proof.ts`, all of
 * which are absent from the predecessor's clients. `null` counts as absent, unknown fields are ignored.
 */

import * as z from "zod";
import { INIT_NONCE } from "../proofs/device_proof.ts";

/** Base64url of an Ed25519 signature. */
const signature = z.string().length(86);
const unixSeconds = z.int().nonnegative().max(99_999_999_999);
/** Shown to the approver: one line, no control characters. */
const label = z.string().regex(/^[^\p{C}]{0,255}$/u);

/** Body of `POST /device/authorize`. With `agent_pub` the three `init_*` fields are needed. */
export const DeviceAuthorizeRequest = z.object({
  client_id: z.string().max(255).nullish(),
  agent_pub: z.string().max(64).nullish(),
  agent_id: z.string().max(64).nullish(),
  hostname: label.nullish(),
  os: label.nullish(),
  device_name: label.nullish(),
  namespace: z.string().max(63).nullish(),
  init_proof: signature.nullish(),
  init_ts: unixSeconds.nullish(),
  init_nonce: z.string().regex(INIT_NONCE).nullish(),
});
export type DeviceAuthorizeRequest = z.infer<typeof DeviceAuthorizeRequest>;

/** Answer of `POST /device/authorize`. */
export const DeviceAuthorizeResponse = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string().describe("A path: the predecessor's client puts its base URL before it."),
  verification_uri_complete: z.string().optional().describe("The whole link, with the code in it."),
  expires_in: z.int().describe("Seconds until the code dies."),
  interval: z.int().describe("Seconds between polls that the rate limit allows."),
  fingerprint: z.string().optional().describe(
    "`keyFingerprint` of `agent_pub`: the approver sees the same text.",
  ),
});
export type DeviceAuthorizeResponse = z.infer<typeof DeviceAuthorizeResponse>;

/** Body of `POST /device/token`. A login that began with a key needs both `poll_*` fields. */
export const DeviceTokenRequest = z.object({
  device_code: z.string().max(128),
  grant_type: z.string().max(128).nullish(),
  poll_proof: signature.nullish(),
  poll_ts: unixSeconds.nullish(),
});
export type DeviceTokenRequest = z.infer<typeof DeviceTokenRequest>;

/** A public key as `/.well-known/jwks.json` lists it. */
export const Jwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string(),
  x: z.string(),
  alg: z.literal("EdDSA").optional(),
  use: z.literal("sig").optional(),
});
export type Jwk = z.infer<typeof Jwk>;

/** Answer of `POST /device/token` after approval. */
export const DeviceTokenResponse = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.int().describe("Seconds."),
  kid: z.string(),
  agent_id: z.string().optional(),
  namespace: z.string().optional(),
  server_fingerprint: z.string().optional().describe(
    "`keyFingerprint` of the server's signing key of `kid`: what the client pins.",
  ),
  jwks: z.object({ keys: z.array(Jwk) }).optional(),
});
export type DeviceTokenResponse = z.infer<typeof DeviceTokenResponse>;
