/** JWS signatures (RFC 7518, RFC 8037) by private keys in PEM: PKCS#8, PKCS#1 and SEC 1, by `node:crypto`. */

import { createPrivateKey, type KeyObject, sign } from "node:crypto";

/** What a key lacks for an algorithm. */
export type JwsKeyFault = "unreadable" | "other_type" | "too_short";

interface Algorithm {
  readonly hash: string | null;
  readonly fault: (key: KeyObject) => JwsKeyFault | undefined;
}

/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2048;

const ALGORITHMS = {
  ES256: {
    hash: "sha256",
    fault: ({ asymmetricKeyType, asymmetricKeyDetails }) =>
      asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1"
        ? undefined
        : "other_type",
  },
  RS256: {
    hash: "sha256",
    fault: ({ asymmetricKeyType, asymmetricKeyDetails }) => {
      if (asymmetricKeyType !== "rsa") return "other_type";
      return (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS ? "too_short" : undefined;
    },
  },
  EdDSA: {
    hash: null,
    fault: ({ asymmetricKeyType }) => asymmetricKeyType === "ed25519" ? undefined : "other_type",
  },
} as const satisfies Readonly<Record<string, Algorithm>>;

export type JwsAlgorithm = keyof typeof ALGORITHMS;

/** The signature of `input` by a key that fits the algorithm, or what is wrong with the key. */
export function signJws(
  pem: string,
  algorithm: JwsAlgorithm,
  input: Uint8Array,
): { readonly signature: Uint8Array } | { readonly fault: JwsKeyFault } {
  const { hash, fault: faultOf } = ALGORITHMS[algorithm];
  const key = readKey(pem);
  const fault = key === undefined ? "unreadable" : faultOf(key);
  if (key === undefined || fault !== undefined) return { fault: fault ?? "unreadable" };
  // RFC 7518, section 3.4: both numbers one after the other, not in DER. Other algorithms do not look at it.
  return { signature: sign(hash, input, { key, dsaEncoding: "ieee-p1363" }) };
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The reason may quote what it read.
    return undefined;
  }
}
