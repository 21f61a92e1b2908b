/** Wire schemas of the keys that sign tokens. */

import { z } from "zod";

/** What would end with a key. */
export const SignedByKey = z.object({
  /** Logins of daemons whose access token it signed. */
  daemon_logins: z.int(),
  /** Project tokens whose signed form it signed; their opaque form goes on working. */
  signed_project_tokens: z.int(),
});
export type SignedByKey = z.infer<typeof SignedByKey>;

/** One key of `GET /admin/signing-keys`, newest first. */
export const SigningKeySummary = z.object({
  kid: z.string(),
  /** Of the public key, as hosts pin it. */
  fingerprint: z.string(),
  state: z.enum(["next", "signing", "retired"]),
  created_at: z.string(),
  /** When it stops signing, or stopped. */
  retired_at: z.string().nullable(),
  /** Until when something that it signed can be alive. */
  verifies_until: z.string().nullable(),
  alive: SignedByKey,
});
export type SigningKeySummary = z.infer<typeof SigningKeySummary>;

export const SigningKeyList = z.array(SigningKeySummary);

/** Body of `POST /admin/signing-keys/rotate`. */
export const RotateSigningKeyRequest = z.object({
  /** The new key signs at once, not only when every reader of the key list has seen it. */
  immediate: z.boolean().default(false),
});
export type RotateSigningKeyRequest = z.infer<typeof RotateSigningKeyRequest>;

export const RotatedSigningKey = z.object({
  rotated: z.literal(true),
  kid: z.string(),
  fingerprint: z.string(),
  signs_from: z.string(),
  previous_kid: z.string(),
  previous_verifies_until: z.string(),
});
export type RotatedSigningKey = z.infer<typeof RotatedSigningKey>;

/** Query of `DELETE /admin/signing-keys/:kid`. */
export const DestroySigningKeyQuery = z.object({
  /** Destroys it although tokens that it signed are alive; they end. */
  invalidate: z.enum(["true", "false"]).default("false").transform((text) => text === "true"),
});
export type DestroySigningKeyQuery = z.infer<typeof DestroySigningKeyQuery>;

export const DestroyedSigningKey = z.object({
  destroyed: z.literal(true),
  kid: z.string(),
  invalidated: SignedByKey,
});
export type DestroyedSigningKey = z.infer<typeof DestroyedSigningKey>;
