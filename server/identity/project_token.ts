/**
 * Project tokens: opaque text, of which only the SHA-256 is kept, and on request a signed form of the same token
 * (section 3.4 of the wire contract). Both are the row: revoking it ends both.
 */

import type { JWTPayload } from "jose";
import { type Instant, unixSeconds } from "../../shared/clock.ts";
import { sha256 } from "../../shared/crypto/hash.ts";
import { randomHex } from "../../shared/crypto/random.ts";
import { signToken, TOKEN_ISSUER, type TokenSigner } from "./jwt.ts";
import { PROJECT_TOKEN_LIFE } from "./token_life.ts";

export { PROJECT_TOKEN_LIFE };
const TOKEN_BYTES = 32;

declare const brand: unique symbol;
/** A token as its holder has it: goes out once and is never stored. */
export type TokenPlaintext = string & { readonly [brand]: "TokenPlaintext" };
/** What the database keeps of it. */
export type TokenHash = Uint8Array & { readonly [brand]: "TokenHash" };

/** A fresh opaque token: 64 hex digits. */
export function newProjectToken(): TokenPlaintext {
  return randomHex(TOKEN_BYTES) as TokenPlaintext;
}

/** The SHA-256 of a token's text. */
export function hashToken(token: string): TokenHash {
  return sha256(token) as TokenHash;
}

export interface SignedTokenFields {
  readonly jti: string;
  readonly projectName: string;
  readonly namespace: string;
  readonly agentId: string;
  readonly scope: readonly string[];
  readonly issuedAt: Instant;
}

/** The claims of section 3.4, in the order of the alphabet, with `agent_id` and `nbf` added. */
export function projectTokenClaims(fields: SignedTokenFields): JWTPayload {
  const iat = unixSeconds(fields.issuedAt);
  return {
    agent_id: fields.agentId,
    aud: "cortex-cli",
    exp: unixSeconds(fields.issuedAt + PROJECT_TOKEN_LIFE),
    iat,
    iss: TOKEN_ISSUER,
    jti: fields.jti,
    namespace: fields.namespace,
    nbf: iat,
    project_id: fields.projectName,
    scope: fields.scope,
    sub: fields.projectName,
  };
}

/** The signed form of a token whose row exists. */
export function signProjectToken(signer: TokenSigner, fields: SignedTokenFields): Promise<string> {
  return signToken(signer, projectTokenClaims(fields));
}
