/**
 * Access tokens of daemons: what a device login ends with and `/daemon/attest` takes. Signed, and each has a row, so that
 * it can be revoked. `sub` is the agent id, as old clients expect; the row says which agent that is, since agent ids
 * are unique per namespace only.
 */

import type { JWTPayload } from "jose";
import { type Instant, unixSeconds } from "../../shared/clock.ts";
import { randomUuid } from "../../shared/crypto/random.ts";
import type { Tx } from "../audit/ledger.ts";
import { signToken, TOKEN_ISSUER, type TokenSigner } from "./jwt.ts";
import { ACCESS_TOKEN_LIFE } from "./token_life.ts";

export { ACCESS_TOKEN_LIFE };

/** The agent that a token is for. */
export interface TokenAgent {
  readonly id: string;
  readonly agent_id: string;
  readonly namespace: string;
}

export interface AccessToken {
  readonly token: string;
  /** The `jti` and the id of its row. */
  readonly id: string;
  readonly kid: string;
  readonly agentRef: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

/** The claims, in the order of the alphabet. */
export function accessTokenClaims(agent: TokenAgent, jti: string, issuedAt: Instant): JWTPayload {
  const iat = unixSeconds(issuedAt);
  return {
    agent_ref: agent.id,
    aud: "cortex-daemon",
    exp: unixSeconds(issuedAt + ACCESS_TOKEN_LIFE),
    iat,
    iss: TOKEN_ISSUER,
    jti,
    namespace: agent.namespace,
    nbf: iat,
    scope: "daemon",
    sub: agent.agent_id,
  };
}

/** Makes a token. It is worth nothing until {@linkcode storeAccessToken} has put its row in. */
export async function makeAccessToken(
  signer: TokenSigner,
  agent: TokenAgent,
  now: Instant,
): Promise<AccessToken> {
  const id = randomUuid();
  return {
    token: await signToken(signer, accessTokenClaims(agent, id, now)),
    id,
    kid: signer.kid,
    agentRef: agent.id,
    issuedAt: now,
    expiresAt: now + ACCESS_TOKEN_LIFE,
  };
}

/** Inserts the row of a token, inside the transaction of what it is given for. */
export async function storeAccessToken(tx: Tx, token: AccessToken, deviceRef: string | null): Promise<void> {
  await tx.db.insertInto("access_tokens").values({
    id: token.id,
    agent_ref: token.agentRef,
    device_ref: deviceRef,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
    revoked_at: null,
    kid: token.kid,
  }).execute();
}
