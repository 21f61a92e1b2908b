/**
 * The `X-Daemon-Attestation` header (section 3.2 of the wire contract): six parts joined by dots. No part but the
 * signature may hold a dot, so agent ids have none; still the header is read from both ends, so that a dotted
 * `auth_token_id` would not shift the signature.
 */

import { sign, type SigningKey, verify, type VerifyingKey } from "../crypto/ed25519.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";
import { sha256Hex } from "../crypto/hash.ts";

export const ATTESTATION_HEADER = "X-Daemon-Attestation";

/** Hex SHA-256 of no bytes: the body hash of a GET. */
export const EMPTY_BODY_SHA256 = sha256Hex("");

export interface AttestationFields {
  readonly sessionId: string;
  /** Unix seconds. */
  readonly ts: number;
  /** One-time id, a UUID. */
  readonly jti: string;
  /** Lowercase hex SHA-256 of the raw body. */
  readonly bodySha256: string;
  /** `agent:<agent_id>` at discover; the JWT's `jti` or the hex SHA-256 of the opaque token on project routes. */
  readonly authTokenId: string;
}

/** What the header is bound to besides its own fields. `path` is percent-decoded, without query. */
export interface AttestedRequest {
  readonly method: string;
  readonly path: string;
}

export interface ParsedAttestation extends AttestationFields {
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** The signed text. The session id is not in it: the key belongs to one session only. */
export function attestationMessage(fields: AttestationFields, request: AttestedRequest): string {
  const { ts, jti, bodySha256, authTokenId } = fields;
  return `${ts}|${jti}|${request.method}|${request.path}|${bodySha256}|${authTokenId}`;
}

/** The whole header value. */
export function signAttestation(
  key: SigningKey,
  fields: AttestationFields,
  request: AttestedRequest,
): string {
  const signature = toBase64Url(sign(key, utf8(attestationMessage(fields, request))));
  return [fields.sessionId, fields.ts, fields.jti, fields.bodySha256, fields.authTokenId, signature].join(
    ".",
  );
}

/** Whether the header's signature covers its fields and the request. */
export function verifyAttestation(
  key: VerifyingKey,
  header: ParsedAttestation,
  request: AttestedRequest,
): boolean {
  return verify(key, utf8(attestationMessage(header, request)), header.signature);
}

/** Reads a header value; undefined where its form is wrong. Says nothing about truth. */
export function parseAttestation(value: string): ParsedAttestation | undefined {
  const parts = value.split(".");
  const [sessionId, tsText, jti, bodySha256] = parts;
  const signature = fromBase64Url(parts.at(-1) ?? "");
  if (parts.length < 6 || !sessionId || !jti || !bodySha256 || !tsText) return undefined;
  if (!/^\d{1,12}$/.test(tsText) || !/^[0-9a-f]{64}$/.test(bodySha256)) return undefined;
  if (signature?.byteLength !== 64) return undefined;
  return {
    sessionId,
    ts: Number(tsText),
    jti,
    bodySha256,
    authTokenId: parts.slice(4, -1).join("."),
    signature,
  };
}
