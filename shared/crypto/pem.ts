/** Private keys in PEM, read by `node:crypto` into the numbers they are made of. */

import { createPrivateKey } from "node:crypto";

/** The members of a JSON Web Key (RFC 7517, RFC 7518 section 6): base64url without padding. */
export type JwkNumbers = {
  readonly [member in "kty" | "crv" | "d" | "n" | "e" | "p" | "q" | "qi"]?: string | undefined;
};

/** The numbers of an unencrypted private key: PKCS#8, PKCS#1 or SEC 1. @throws where it is none */
export function privateKeyNumbers(pem: string): JwkNumbers {
  return createPrivateKey(pem).export({ format: "jwk" });
}
