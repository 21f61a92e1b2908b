/** The form of SHA-256 digests on the wire. */

/** Lowercase hex. */
export const SHA256_HEX = /^[0-9a-f]{64}$/;
