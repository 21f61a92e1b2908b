/** RSA PKCS#1 v1.5 signatures (RFC 8017) with SHA-2, by `node:crypto`, over keys given as their numbers. */

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { toBase64Url } from "../encoding.ts";

/** Big-endian numbers without leading zeros. */
export interface RsaPublicNumbers {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

export interface RsaPrivateNumbers extends RsaPublicNumbers {
  readonly privateExponent: Uint8Array;
  readonly primeP: Uint8Array;
  readonly primeQ: Uint8Array;
  /** Of q modulo p. */
  readonly coefficient: Uint8Array;
}

/** The hash of each algorithm that SSH has for RSA keys (RFC 8332); SHA-1 is not among them. */
export const RSA_HASHES: Readonly<Record<string, string>> = {
  "rsa-sha2-256": "sha256",
  "rsa-sha2-512": "sha512",
};

/** The key that signs. @throws where the numbers are no key */
export function rsaSigningKey(numbers: RsaPrivateNumbers): KeyObject {
  const d = toBigInt(numbers.privateExponent);
  const jwk = {
    kty: "RSA",
    n: toBase64Url(numbers.modulus),
    e: toBase64Url(numbers.exponent),
    d: toBase64Url(numbers.privateExponent),
    p: toBase64Url(numbers.primeP),
    q: toBase64Url(numbers.primeQ),
    dp: toBase64Url(toBytes(d % (toBigInt(numbers.primeP) - 1n))),
    dq: toBase64Url(toBytes(d % (toBigInt(numbers.primeQ) - 1n))),
    qi: toBase64Url(numbers.coefficient),
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}

/** A signature as long as the modulus, by one of {@linkcode RSA_HASHES}; undefined for another algorithm. */
export function signRsa(key: KeyObject, algorithm: string, data: Uint8Array): Uint8Array | undefined {
  const hash = RSA_HASHES[algorithm];
  return hash === undefined ? undefined : sign(hash, data, key);
}

/** Whether the signature is the key's; false for an algorithm that is not among {@linkcode RSA_HASHES}. */
export function verifyRsa(
  { modulus, exponent }: RsaPublicNumbers,
  algorithm: string,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const hash = RSA_HASHES[algorithm];
  if (hash === undefined) return false;
  const jwk = { kty: "RSA", n: toBase64Url(modulus), e: toBase64Url(exponent) };
  return verify(hash, data, createPublicKey({ key: jwk, format: "jwk" }), signature);
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x0${bytes.toHex()}`);
}

function toBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}
