/** Wire schemas of the keys that sign tokens. */

import * as z from "zod";

/** What would end with a key. */
export const SignedByKey = z.object({
  daemon_logins: z.int().describe("Logins of daemons whose access token it signed."),
  signed_project_tokens: z.int().describe(
    "Project tokens whose signed form it signed; their opaque form goes on working.",
  ),
});
export type SignedByKey = z.infer<typeof SignedByKey>;

/** One key of `GET /admin/signing-keys`, newest first. */
export const SigningKeySummary = z.object({
  kid: z.string(),
  fingerprint: z.string().describe("Of the public key, as hosts pin it."),
  state: z.enum(["next", "signing", "retired"]),
  created_at: z.string(),
  retired_at: z.string().nullable().describe("When it stops signing, or stopped."),
  verifies_until: z.string().nullable().describe("Until when something that it signed can be alive."),
  alive: SignedByKey,
});
export type SigningKeySummary = z.infer<typeof SigningKeySummary>;

export const SigningKeyList = z.array(SigningKeySummary);

/** Body of `POST /admin/signing-keys/rotate`. */
export const RotateSigningKeyRequest = z.object({
  immediate: z.boolean().default(false).describe(
    "The new key signs at once, not only when every reader of the key list has seen it.",
  ),
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
  invalidate: z.enum(["true", "false"]).default("false").transform((text) => text === "true").describe(
    "Destroys it although tokens that it signed are alive; they end.",
  ),
});
export type DestroySigningKeyQuery = z.infer<typeof DestroySigningKeyQuery>;

export const DestroyedSigningKey = z.object({
  destroyed: z.literal(true),
  kid: z.string(),
  invalidated: SignedByKey,
});
export type DestroyedSigningKey = z.infer<typeof DestroyedSigningKey>;
