/**
 * Is this the server we logged in to before, and did it sign this token? The JWKS is public, so that a listed key
 * proves nothing: only the key that signed the token counts, and it is compared with the pinned one.
 */

import { createLocalJWKSet, errors, jwtVerify } from "jose";
import type { Jwk } from "../shared/api/device.ts";
import type { ServerClient } from "../shared/client/server_client.ts";
import { type Clock, SECOND } from "../shared/clock.ts";
import { decodeKeyText, keyFingerprint } from "../shared/crypto/ed25519.ts";
import { VaultError } from "../shared/errors.ts";
import { followsFrom, type Handover, parseHandovers } from "../shared/proofs/key_handover.ts";
import { PROOF_WINDOW_SECONDS } from "../shared/proofs/auth_proof.ts";

/** What a verified access token says. */
export interface VerifiedToken {
  readonly agentId: string;
  readonly kid: string;
  /** Fingerprint of the key that signed it. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What a server shows of its keys. */
export interface ServerKeys {
  readonly keys: readonly Jwk[];
  /** How older keys vouched for newer ones. */
  readonly handovers: readonly Handover[];
}

/** The server's public keys. */
export function fetchServerKeys(client: ServerClient): Promise<ServerKeys> {
  return client.requestJson("GET", "/.well-known/jwks.json", { parse: parseJwks });
}

/** Whether one of the offered keys is the pinned one or comes from it. */
export function leadsTo(pinned: string, offered: readonly string[], { handovers }: ServerKeys): boolean {
  return offered.some((fingerprint) => followsFrom(pinned, fingerprint, handovers));
}

/** @throws VaultError `server.untrusted` unless one of the keys signed the token for a daemon */
export async function verifyAccessToken(
  token: string,
  { keys }: ServerKeys,
  clock: Clock,
): Promise<VerifiedToken> {
  const { payload, protectedHeader } = await checkSignature(token, keys, clock);
  const key = keys.find(({ kid }) => kid === protectedHeader.kid);
  const raw = decodeKeyText(key?.x ?? "");
  if (key === undefined || raw === undefined || payload.sub === undefined || payload.exp === undefined) {
    throw untrusted("lacks its agent, its end or its key");
  }
  return {
    agentId: payload.sub,
    kid: key.kid,
    fingerprint: keyFingerprint(raw),
    expiresAt: payload.exp * SECOND,
  };
}

/** The fingerprints of all listed keys. */
export function fingerprintsOf({ keys }: ServerKeys): string[] {
  return keys.flatMap(({ x }) => {
    const raw = decodeKeyText(x);
    return raw === undefined ? [] : [keyFingerprint(raw)];
  });
}

async function checkSignature(token: string, keys: readonly Jwk[], clock: Clock) {
  try {
    return await jwtVerify(
      token,
      createLocalJWKSet({ keys: keys.map(({ kty, crv, kid, x }) => ({ kty, crv, kid, x })) }),
      {
        algorithms: ["EdDSA"],
        issuer: "cortex-auth",
        audience: "cortex-daemon",
        currentDate: new Date(clock.now()),
        clockTolerance: PROOF_WINDOW_SECONDS,
      },
    );
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw untrusted(`does not verify against the server's own keys (${error.code})`);
  }
}

function untrusted(why: string): VaultError {
  return new VaultError("server.untrusted", `The server's access token ${why}; nothing was stored`);
}

function parseJwks(value: unknown): ServerKeys | undefined {
  if (typeof value !== "object" || value === null || !("keys" in value) || !Array.isArray(value.keys)) {
    return undefined;
  }
  return { keys: value.keys.flatMap(parseJwk), handovers: parseHandovers(value) };
}

function parseJwk(value: unknown): Jwk[] {
  if (typeof value !== "object" || value === null) return [];
  const { kty, crv, kid, x }: Partial<Record<string, unknown>> = { ...value };
  if (kty !== "OKP" || crv !== "Ed25519" || typeof kid !== "string" || typeof x !== "string") return [];
  return [{ kty, crv, kid, x, alg: "EdDSA" }];
}
