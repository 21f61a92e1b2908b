/** SSH public keys (RFC 4253, RFC 5656, RFC 8709): their fingerprint, and whether a signature is theirs. */

import { p256, p384, p521 } from "@noble/curves/nist.js";
import { verifyRsa } from "../crypto/rsa.ts";
import { verify, verifyingKey } from "../crypto/ed25519.ts";
import { sha256 } from "../crypto/hash.ts";
import { toBase64 } from "../encoding.ts";
import { SshFormatError, SshReader } from "./wire.ts";

/** The curves of ECDSA keys by the name that SSH gives them; each signs with the hash that RFC 5656 assigns it. */
export const SSH_CURVES = { nistp256: p256, nistp384: p384, nistp521: p521 } as const;
export type SshCurve = keyof typeof SSH_CURVES;

/** `SHA256:` and the unpadded base64 of the SHA-256 of the key: what `ssh-keygen -l` prints. */
export function sshFingerprint(publicKey: Uint8Array): string {
  return `SHA256:${toBase64(sha256(publicKey)).replace(/=+$/, "")}`;
}

/** Whether a name is that of an ECDSA curve we know. */
export function isSshCurve(name: string): name is SshCurve {
  return Object.hasOwn(SSH_CURVES, name);
}

/** Whether the signature is the key's over the data. False for what is malformed and for SHA-1. */
export function verifySsh(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    return check(publicKey, data, signature);
  } catch {
    // Malformed in one of the many ways there are: the same as not verified.
    return false;
  }
}

function check(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = new SshReader(publicKey);
  const signed = new SshReader(signature);
  const [type, algorithm] = [key.text(), signed.text()];
  if (type === "ssh-rsa") {
    const [exponent, modulus] = [key.mpint(), key.mpint()];
    return verifyRsa({ modulus, exponent }, algorithm, data, signed.string());
  }
  if (type !== algorithm) return false;
  if (type === "ssh-ed25519") return verify(verifyingKey(key.string()), data, signed.string());
  const curve = key.text();
  if (type !== `ecdsa-sha2-${curve}` || !isSshCurve(curve)) {
    throw new SshFormatError("the key is of no known type");
  }
  const { lengths, verify: verifyCurve } = SSH_CURVES[curve];
  const compact = compactSignature(new SshReader(signed.string()), lengths.signature ?? 0);
  return verifyCurve(compact, data, key.string(), { lowS: false });
}

/** Both numbers in full length, one after the other. */
function compactSignature(numbers: SshReader, length: number): Uint8Array {
  const compact = new Uint8Array(length);
  for (const end of [length / 2, length]) {
    const number = numbers.mpint();
    compact.set(number, end - number.byteLength);
  }
  return compact;
}
