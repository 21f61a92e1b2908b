/** What can be signed, and how much of it: what the command line's help says and the server checks. */

/** Longest message of an HMAC in bytes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** AWS takes no presigned address that lives longer: seven days, in seconds. */
export const MAX_PRESIGN_SECONDS = 7 * 24 * 60 * 60;
/** Longest life of a JWT in seconds, unless its grant says otherwise. */
export const DEFAULT_JWT_SECONDS = 60 * 60;
/** Longest JSON text of the claims of a JWT. */
export const MAX_CLAIMS_LENGTH = 16 * 1024;

/** A grant may let a JWT live longer than {@linkcode DEFAULT_JWT_SECONDS}, but no longer than a day. */
export const MAX_JWT_SECONDS = 24 * 60 * 60;

export const SIGN_KINDS = ["aws", "jwt", "hmac", "webhook"] as const;

export const JWT_ALGORITHMS = ["ES256", "RS256", "EdDSA"] as const;
export type JwtAlgorithm = typeof JWT_ALGORITHMS[number];

export const HMAC_HASHES = ["sha256", "sha512", "sha1"] as const;
export type HmacHash = typeof HMAC_HASHES[number];

/** Headers of webhooks as the services that send them make them. */
export const WEBHOOK_FORMS = ["github", "stripe", "slack", "standard-webhooks"] as const;
export type WebhookForm = typeof WEBHOOK_FORMS[number];

/** What `payload_sha256` may be instead of a digest: then the body is not covered by the signature. */
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
