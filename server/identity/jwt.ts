/**
 * Signed tokens (section 3.4 of the wire contract): compact JWS, Ed25519, `kid` in the header. One algorithm, one issuer,
 * and an audience that the verifier names: a token of one kind never passes for another.
 */

import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Instant } from "../../shared/clock.ts";
import type { VerifyingKey } from "../../shared/crypto/ed25519.ts";
import { VaultError } from "../../shared/errors.ts";
import type { LoadedSigningKey } from "../vault/server_keys.ts";
import { TOKEN_ALGORITHM } from "./signing_keys.ts";

export const TOKEN_ISSUER = "cortex-auth";

export type Audience = "cortex-cli" | "cortex-daemon";

/** What signs: a key with its `kid`. */
export type TokenSigner = Pick<LoadedSigningKey, "kid" | "key">;

/** Where verifying keys are found. */
export interface TokenVerifier {
  find(kid: string): VerifyingKey | undefined;
}

export interface VerifiedClaims extends JWTPayload {
  readonly jti: string;
  readonly sub: string;
}

/** Tokens of ours stay far below: a scope of a few hundred key paths. */
const LONGEST_TOKEN = 64 * 1024;

/** Signs claims as they are, in their order. */
export function signToken(signer: TokenSigner, claims: JWTPayload): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: signer.kid, typ: "JWT" })
    .sign(signer.key);
}

/** Whether a bearer token has the form of a signed one; opaque tokens have no dots. */
export function looksSigned(token: string): boolean {
  return token.split(".", 4).length === 3;
}

/**
 * The claims of a token that is ours, for this audience, and in its time.
 * @throws VaultError `token.expired`, `token.invalid`
 */
export async function verifyToken(
  verifier: TokenVerifier,
  token: string,
  audience: Audience,
  now: Instant,
): Promise<VerifiedClaims> {
  if (token.length > LONGEST_TOKEN) throw invalidToken();
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => keyOf(verifier, kid), {
      algorithms: [TOKEN_ALGORITHM],
      typ: "JWT",
      issuer: TOKEN_ISSUER,
      audience,
      currentDate: new Date(now),
      requiredClaims: ["exp", "iat", "jti", "sub"],
    });
    return withIds(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new VaultError("token.expired", "The token has expired; get a new one");
    }
    if (error instanceof errors.JOSEError || error instanceof VaultError) throw invalidToken();
    throw error;
  }
}

function keyOf(verifier: TokenVerifier, kid: string | undefined): VerifyingKey {
  const key = kid === undefined ? undefined : verifier.find(kid);
  if (key === undefined) throw invalidToken();
  return key;
}

function withIds(payload: JWTPayload): VerifiedClaims {
  const { jti, sub } = payload;
  if (typeof jti !== "string" || typeof sub !== "string") throw invalidToken();
  return { ...payload, jti, sub };
}

/** The one refusal of a token that is not ours, whatever is wrong with it. */
export function invalidToken(): VaultError {
  return new VaultError("token.invalid", "The token is not valid here; get a new one");
}
