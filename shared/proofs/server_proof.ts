/**
 * How a server proves to a daemon that attests that it is the one of the login: its signing key signs the answer together with
 * the daemon's fresh nonce. Without it whoever sits between the two could hand out sessions, and with them what to do.
 *
 *   `cortex/attest-answer/1|<proof_nonce>|<attestation_pub>|<session_id>|<expires_in>|<sha256 hex of access_token, or empty>`
 *
 * and, where the answer has `allowed_callers`, `|<sha256 hex of its text>` (see {@linkcode callersText}): without it nobody
 * could tell that the list was taken out. Nonce and key are as the daemon sent them; the rest is as the answer says it.
 */

import { type AllowedCaller, callersText } from "../caller/allowed_callers.ts";
import { sha256Hex } from "../crypto/hash.ts";
import { keyFingerprint, sign, type SigningKey, verify, verifyingKey } from "../crypto/ed25519.ts";
import { parsePublicKeyText } from "../crypto/public_key.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";

export interface AttestAnswerFields {
  readonly nonce: string;
  readonly attestationPub: string;
  readonly sessionId: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** A renewed access token that the answer carries. */
  readonly accessToken: string | undefined;
  /** Undefined for an answer without a list, which is not an empty one. */
  readonly allowedCallers?: readonly AllowedCaller[] | undefined;
}

/** `server_proof` of an answer. */
export interface ServerProof {
  readonly kid: string;
  /** The server's public key, unpadded base64url. */
  readonly x: string;
  /** Unpadded base64url of 64 bytes. */
  readonly signature: string;
}

/** The text that the server signs. */
export function attestAnswerMessage(fields: AttestAnswerFields): string {
  const { nonce, attestationPub, sessionId, expiresIn, accessToken, allowedCallers } = fields;
  const token = accessToken === undefined ? "" : sha256Hex(accessToken);
  const callers = allowedCallers === undefined ? "" : `|${sha256Hex(callersText(allowedCallers))}`;
  return `cortex/attest-answer/1|${nonce}|${attestationPub}|${sessionId}|${expiresIn}|${token}${callers}`;
}

/** Signs an answer. */
export function signAttestAnswer(key: SigningKey, fields: AttestAnswerFields): string {
  return toBase64Url(sign(key, utf8(attestAnswerMessage(fields))));
}

/** The fingerprint of the key that the proof names and that has signed this answer; undefined where it has not. */
export function signerOfAnswer(
  { x, signature }: ServerProof,
  fields: AttestAnswerFields,
): string | undefined {
  const raw = parsePublicKeyText(x);
  const bytes = fromBase64Url(signature);
  if (raw === undefined || bytes === undefined) return undefined;
  const isSigned = verify(verifyingKey(raw), utf8(attestAnswerMessage(fields)), bytes);
  return isSigned ? keyFingerprint(raw) : undefined;
}
