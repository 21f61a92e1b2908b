/**
 * The agent's proof of its key at discover (section 3.1 of the wire contract): an Ed25519 signature over
 * `ts|nonce|agent_id|/agent/discover`.
 */

import { sign, type SigningKey, verify, type VerifyingKey } from "../crypto/ed25519.ts";
import { toBase64Url, utf8 } from "../encoding.ts";

/** How far a proof's time may lie from the verifier's, in seconds, both ways. */
export const PROOF_WINDOW_SECONDS = 300;

export interface AuthProofFields {
  /** Unix seconds. */
  readonly ts: number;
  readonly nonce: string;
  readonly agentId: string;
}

/** The signed text. */
export function authProofMessage({ ts, nonce, agentId }: AuthProofFields): string {
  return `${ts}|${nonce}|${agentId}|/agent/discover`;
}

/** The proof as it goes on the wire: unpadded base64url of 64 bytes. */
export function signAuthProof(key: SigningKey, fields: AuthProofFields): string {
  return toBase64Url(sign(key, utf8(authProofMessage(fields))));
}

/** Whether `signature` (64 bytes) proves the fields under the key. */
export function verifyAuthProof(key: VerifyingKey, fields: AuthProofFields, signature: Uint8Array): boolean {
  return verify(key, utf8(authProofMessage(fields)), signature);
}
