/** `POST /daemon/attest` (section 2.4 of the wire contract), with our proof of the agent key. */

import { SHA256_HEX } from "../shared/api/sha256.ts";
import { type AllowedCaller, CALLER_ROLES, MAX_ALLOWED_CALLERS } from "../shared/caller/allowed_callers.ts";
import { type Clock, unixSeconds } from "../shared/clock.ts";
import { generateSeed, publicKeyOf, type SigningKey, signingKey } from "../shared/crypto/ed25519.ts";
import { randomHex } from "../shared/crypto/random.ts";
import { wipe } from "../shared/crypto/wipe.ts";
import { toBase64Url, utf8 } from "../shared/encoding.ts";
import { attestProofMessage } from "../shared/proofs/attest_proof.ts";
import type { ServerProof } from "../shared/proofs/server_proof.ts";
import { VERSION } from "../shared/version.ts";
import type { Login, RenewedToken } from "./login.ts";
import { checkServer } from "./server_trust.ts";

/** What the daemon says of itself. */
export interface DaemonFacts {
  /** Lowercase hex SHA-256 of the executable: of Deno itself when the daemon runs from source. */
  readonly binarySha256: string;
  readonly pid: number;
  readonly uid: number;
  readonly hostname: string;
  readonly bootId: string | undefined;
}

/** A session as the server opened it. */
export interface OpenedSession {
  readonly sessionId: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Signs the requests of this session and no other; never leaves memory. */
  readonly key: SigningKey;
  readonly renewed: RenewedToken | undefined;
  /** Fingerprint of the key that proved the server; undefined where none did. */
  readonly provenBy: string | undefined;
  /** Programs that may act for the agent; empty also where the server sends no list, as the predecessor's. */
  readonly allowedCallers: readonly AllowedCaller[];
}

interface AttestAnswer {
  readonly sessionId: string;
  readonly expiresIn: number | undefined;
  readonly renewed: RenewedToken | undefined;
  readonly proof: ServerProof | undefined;
  readonly allowedCallers: readonly AllowedCaller[] | undefined;
}

/** The predecessor's server says how long a session lives, and means it. */
const DEFAULT_EXPIRES_IN = 86_400;
/** No `.` may be in it: it becomes a part of the attestation header. */
const SESSION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** @throws VaultError what the server refuses with; `server.untrusted` where it is not the one of the login */
export async function attest(login: Login, facts: DaemonFacts, clock: Clock): Promise<OpenedSession> {
  const key = freshKey();
  const body = attestBody(login, facts, key, clock);
  const answer = await login.client.requestJson("POST", "/daemon/attest", {
    headers: { Authorization: `Bearer ${login.accessToken}` },
    body: JSON.stringify(body),
    parse: parseAnswer,
  });
  const { sessionId, renewed, proof, allowedCallers, expiresIn = DEFAULT_EXPIRES_IN } = answer;
  const provenBy = await checkServer(login, proof, {
    nonce: body.proof_nonce,
    attestationPub: body.attestation_pub,
    sessionId,
    expiresIn,
    accessToken: renewed?.accessToken,
    allowedCallers,
  });
  return { sessionId, renewed, key, expiresIn, provenBy, allowedCallers: allowedCallers ?? [] };
}

function attestBody(login: Login, facts: DaemonFacts, key: SigningKey, clock: Clock) {
  const attestationPub = toBase64Url(publicKeyOf(key));
  const { binarySha256, bootId } = facts;
  const proof = { ts: unixSeconds(clock.now()), nonce: randomHex(16) };
  const message = attestProofMessage({
    ...proof,
    agentId: login.agentId,
    attestationPub,
    binarySha256,
    bootId,
  });
  return {
    attestation_pub: attestationPub,
    binary_sha256: binarySha256,
    daemon_version: VERSION,
    daemon_pid: facts.pid,
    daemon_uid: facts.uid,
    hostname: facts.hostname,
    agent_proof: toBase64Url(login.key.sign(utf8(message))),
    proof_ts: proof.ts,
    proof_nonce: proof.nonce,
    ...(bootId === undefined ? {} : { boot_id: bootId }),
  };
}

function freshKey(): SigningKey {
  const seed = generateSeed();
  try {
    return signingKey(seed);
  } finally {
    wipe(seed);
  }
}

function parseAnswer(value: unknown): AttestAnswer | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { session_id, expires_in, access_token, access_token_expires_in, server_proof, allowed_callers }:
    Fields = { ...value };
  if (typeof session_id !== "string" || !SESSION_ID.test(session_id)) return undefined;
  const renewed = typeof access_token === "string" && typeof access_token_expires_in === "number"
    ? { accessToken: access_token, expiresIn: access_token_expires_in }
    : undefined;
  const expiresIn = typeof expires_in === "number" && expires_in > 0 ? expires_in : undefined;
  const allowedCallers = allowed_callers === undefined ? undefined : parseCallers(allowed_callers);
  // A list that is not understood is no list that lets everybody in.
  if (allowed_callers !== undefined && allowedCallers === undefined) return undefined;
  return { sessionId: session_id, expiresIn, renewed, proof: parseProof(server_proof), allowedCallers };
}

function parseCallers(value: unknown): readonly AllowedCaller[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_ALLOWED_CALLERS) return undefined;
  const callers = value.flatMap((entry: unknown) => {
    const { sha256, role: said }: Fields = typeof entry === "object" ? { ...entry } : {};
    const role = CALLER_ROLES.find((known) => known === said);
    return typeof sha256 === "string" && SHA256_HEX.test(sha256) && role !== undefined
      ? [{ sha256, role }]
      : [];
  });
  return callers.length === value.length ? callers : undefined;
}

type Fields = Partial<Record<string, unknown>>;

function parseProof(value: unknown): ServerProof | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kid, x, signature }: Fields = { ...value };
  if (typeof kid !== "string" || typeof x !== "string" || typeof signature !== "string") return undefined;
  return { kid, x, signature };
}
