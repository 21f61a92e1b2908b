/**
 * The agent key's proof at `POST /daemon/attest`: whoever registers an attestation key with a stolen access token does
 * not have the agent key too. Ed25519 over
 *
 *   `cortex/daemon-attest/1|<ts>|<nonce>|<agent_id>|<attestation_pub>|<binary_sha256>|<boot_id or empty>`
 *
 * `ts` is unix seconds, in the window of `PROOF_WINDOW_SECONDS`; `nonce` is used once; the fields are signed exactly as
 * they are sent. The proof is optional on the wire (`agent_proof`, `proof_ts`, `proof_nonce`, `boot_id`): the predecessor's
 * daemon sends none. A daemon that does is given a new access token when the one it has is past half its life.
 */

import { sign, type SigningKey, verify, type VerifyingKey } from "../crypto/ed25519.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";

/** The form of `proof_nonce`: at least eight random bytes as lowercase hex. */
export const ATTEST_NONCE = /^[0-9a-f]{16,64}$/;
/** The form of `boot_id`: what the kernel or the daemon calls this boot. No `|`. */
export const BOOT_ID = /^[A-Za-z0-9_-]{1,64}$/;

export interface AttestProofFields {
  /** `proof_ts`. */
  readonly ts: number;
  /** `proof_nonce`. */
  readonly nonce: string;
  readonly agentId: string;
  /** `attestation_pub` as sent. */
  readonly attestationPub: string;
  /** `binary_sha256` as sent; without `|`. */
  readonly binarySha256: string;
  readonly bootId?: string | undefined;
}

/** The signed text. */
export function attestProofMessage(fields: AttestProofFields): string {
  const { ts, nonce, agentId, attestationPub, binarySha256, bootId = "" } = fields;
  return `cortex/daemon-attest/1|${ts}|${nonce}|${agentId}|${attestationPub}|${binarySha256}|${bootId}`;
}

/** `agent_proof` as it goes on the wire. */
export function signAttestProof(key: SigningKey, fields: AttestProofFields): string {
  return toBase64Url(sign(key, utf8(attestProofMessage(fields))));
}

/** Whether `proof`, as it came from the wire, is the agent key's. */
export function verifyAttestProof(key: VerifyingKey, fields: AttestProofFields, proof: string): boolean {
  const signature = fromBase64Url(proof);
  return signature !== undefined && verify(key, utf8(attestProofMessage(fields)), signature);
}
