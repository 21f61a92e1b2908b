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

/** As OpenSSL has it, and as Deno before 2.7 does. */
const P256_NAMES: readonly string[] = ["prime256v1", "p256"];
/** Of each number in a signature on P-256. */
const P256_BYTES = 32;

const ALGORITHMS = {
  ES256: {
    hash: "sha256",
    fault: ({ asymmetricKeyType, asymmetricKeyDetails }) =>
      asymmetricKeyType === "ec" && P256_NAMES.includes(asymmetricKeyDetails?.namedCurve ?? "")
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
  const signature = sign(hash, input, key);
  return { signature: algorithm === "ES256" ? compact(signature) : signature };
}

/**
 * Both numbers in full length, one after the other (RFC 7518, section 3.4), from the DER that every version gives:
 * `dsaEncoding` has no effect in Deno before 2.7.
 */
function compact(der: Uint8Array): Uint8Array {
  const numbers = new Uint8Array(2 * P256_BYTES);
  // SEQUENCE, length, then INTEGER, length, bytes, twice: all lengths of P-256 are of one byte.
  for (let [at, end] = [2, P256_BYTES]; end <= 2 * P256_BYTES; end += P256_BYTES) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const digits = number.subarray(Math.max(0, length - P256_BYTES));
    numbers.set(digits, end - digits.byteLength);
    at += 2 + length;
  }
  return numbers;
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The reason may quote what it read.
    return undefined;
  }
}
