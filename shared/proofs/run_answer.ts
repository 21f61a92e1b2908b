/**
 * How a server vouches for what it answers to a run: its signing key signs the answer's very text together with the daemon's
 * fresh nonce. The answer holds the decision, so nobody between the two can widen it, and nobody can feed a program
 * values that are not the vault's.
 *
 *   `cortex/run-answer/1|<nonce>|<sha256 hex of answer>`
 */

import { sha256Hex } from "../crypto/hash.ts";
import { keyFingerprint, sign, type SigningKey, verify, verifyingKey } from "../crypto/ed25519.ts";
import { parsePublicKeyText } from "../crypto/public_key.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";
import type { ServerProof } from "./server_proof.ts";

/** The text that the server signs; `answer` is the text of the answer as it travels. */
export function runAnswerMessage(nonce: string, answer: string): string {
  return `cortex/run-answer/1|${nonce}|${sha256Hex(answer)}`;
}

/** Signs an answer; unpadded base64url. */
export function signRunAnswer(key: SigningKey, nonce: string, answer: string): string {
  return toBase64Url(sign(key, utf8(runAnswerMessage(nonce, answer))));
}

/** The fingerprint of the key that the proof names and that has signed this answer; undefined where it has not. */
export function signerOfRunAnswer(
  { x, signature }: ServerProof,
  nonce: string,
  answer: string,
): string | undefined {
  const raw = parsePublicKeyText(x);
  const bytes = fromBase64Url(signature);
  if (raw === undefined || bytes === undefined) return undefined;
  return verify(verifyingKey(raw), utf8(runAnswerMessage(nonce, answer)), bytes)
    ? keyFingerprint(raw)
    : undefined;
}
