/**
 * The keys that sign tokens (Ed25519, JWS `EdDSA`). The newest that is not retired signs; every one that is still here
 * verifies, found by its `kid`. `jose` takes these key objects as they are.
 */

import { createPublicKey } from "node:crypto";
import { publicKeyOf, type VerifyingKey } from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import type { LoadedSigningKey } from "../vault/server_keys.ts";

export const TOKEN_ALGORITHM = "EdDSA";

/** One entry of the JWKS (RFC 8037 section 2). */
export interface SigningJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly alg: typeof TOKEN_ALGORITHM;
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
}

export class SigningKeys {
  /** Newest first. */
  #keys: readonly LoadedSigningKey[];
  readonly #verifying = new Map<string, VerifyingKey>();

  constructor(keys: readonly LoadedSigningKey[]) {
    this.#keys = keys.toSorted((left, right) => right.createdAt - left.createdAt);
    for (const { kid, key } of keys) this.#verifying.set(kid, createPublicKey(key));
  }

  /** The key for new tokens. @throws Error where all are retired or the vault was closed */
  get current(): LoadedSigningKey {
    const current = this.#keys.find((key) => key.retiredAt === null);
    if (current === undefined) throw new Error("there is no signing key in use");
    return current;
  }

  /** The key that verifies what `kid` signed, or undefined for one that is unknown. */
  find(kid: string): VerifyingKey | undefined {
    return this.#verifying.get(kid);
  }

  /** The public halves, newest first: the answer of `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly SigningJwk[] } {
    return { keys: this.#keys.map(toJwk) };
  }

  /** Forgets all keys. The engine frees their memory; a `KeyObject` cannot be overwritten. */
  clear(): void {
    this.#keys = [];
    this.#verifying.clear();
  }
}

function toJwk({ kid, key }: LoadedSigningKey): SigningJwk {
  return {
    kty: "OKP",
    crv: "Ed25519",
    alg: TOKEN_ALGORITHM,
    use: "sig",
    kid,
    x: toBase64Url(publicKeyOf(key)),
  };
}
