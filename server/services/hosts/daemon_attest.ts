/**
 * `POST /daemon/attest`: a daemon with an access token registers the key that will sign its requests (section 2.4 of the
 * wire contract). Each agent has one session per host: the new one ends the old one.
 */

import type { DaemonAttestRequest, DaemonAttestResponse } from "../../../shared/api/daemon.ts";
import type { AllowedCaller } from "../../../shared/caller/allowed_callers.ts";
import { type Clock, DAY, type Instant, SECOND } from "../../../shared/clock.ts";
import { publicKeyOf, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { equalBytes } from "../../../shared/crypto/hash.ts";
import { parsePublicKeyText } from "../../../shared/crypto/public_key.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { type ErrorCode, VaultError } from "../../../shared/errors.ts";
import { verifyAttestProof } from "../../../shared/proofs/attest_proof.ts";
import {
  type AttestAnswerFields,
  type ServerProof,
  signAttestAnswer,
} from "../../../shared/proofs/server_proof.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import { alreadyAudited } from "../../audit/refusals.ts";
import type { DaemonCaller } from "../../caller.ts";
import {
  ACCESS_TOKEN_LIFE,
  type AccessToken,
  makeAccessToken,
  storeAccessToken,
} from "../../identity/access_token.ts";
import { agentFrozen } from "../../identity/daemon_callers.ts";
import { Freshness } from "../../identity/freshness.ts";
import { ReplayCache } from "../../identity/replay_cache.ts";
import type { SigningKeys } from "../../identity/signing_keys.ts";
import { allowedCallers as readAllowedCallers } from "../agents/caller_check.ts";
import { success } from "../success.ts";

export const SESSION_LIFE = DAY;
/** Sessions and logins that ended are kept this long, for the admin to look at. */
const KEEP_ENDED = 7 * DAY;

export interface DaemonAttestDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signingKeys: SigningKeys;
  readonly startedAt: Instant;
}

/** What becomes a session, its form checked. */
interface Attest {
  readonly caller: DaemonCaller;
  readonly request: DaemonAttestRequest;
  readonly attestationPub: Uint8Array;
  readonly binarySha256: string;
  readonly renewed: AccessToken | null;
  readonly now: Instant;
}

type Outcome =
  | {
    readonly ok: true;
    readonly sessionId: string;
    readonly enforced: boolean;
    readonly allowedCallers: readonly AllowedCaller[];
  }
  | { readonly ok: false; readonly error: VaultError };

export class DaemonAttestService {
  readonly #deps: DaemonAttestDeps;
  readonly #freshness: Freshness;
  readonly #nonces: ReplayCache;

  constructor(deps: DaemonAttestDeps) {
    this.#deps = deps;
    this.#freshness = new Freshness(deps.clock, deps.startedAt);
    this.#nonces = new ReplayCache(deps.clock);
  }

  /** @throws VaultError `daemon.binary_*`, `proof.*`, `request.invalid`, `token.revoked`, `agent.frozen` */
  async attest(caller: DaemonCaller, request: DaemonAttestRequest): Promise<DaemonAttestResponse> {
    const attestationPub = parseAttestationKey(caller, request);
    const binarySha256 = parseBinary(request);
    const now = this.#deps.clock.now();
    const proven = this.#checkProof(caller, request);
    const renewed = proven && pastHalfLife(caller, now)
      ? await makeAccessToken(this.#deps.signingKeys.current, caller.agent, now)
      : null;
    const attest = { caller, request, attestationPub, binarySha256, renewed, now };
    const outcome = await this.#deps.ledger.commit((tx) => register(tx, attest));
    if (!outcome.ok) throw outcome.error;
    const { sessionId, allowedCallers } = outcome;
    return {
      session_id: sessionId,
      expires_in: SESSION_LIFE / SECOND,
      allowlist_enforced: outcome.enforced,
      ...(proven
        ? {
          allowed_callers: [...allowedCallers],
          server_proof: this.#prove(request, { sessionId, allowedCallers }, renewed),
        }
        : {}),
      ...(renewed === null
        ? {}
        : { access_token: renewed.token, access_token_expires_in: ACCESS_TOKEN_LIFE / SECOND }),
    };
  }

  /** Shows the daemon that this is the server whose key it pinned, over the daemon's own fresh nonce. */
  #prove(
    request: DaemonAttestRequest,
    opened: Pick<AttestAnswerFields, "sessionId" | "allowedCallers">,
    renewed: AccessToken | null,
  ): ServerProof {
    const { kid, key } = this.#deps.signingKeys.current;
    const signature = signAttestAnswer(key, {
      nonce: request.proof_nonce ?? "",
      attestationPub: request.attestation_pub,
      ...opened,
      expiresIn: SESSION_LIFE / SECOND,
      accessToken: renewed?.token,
    });
    return { kid, x: toBase64Url(publicKeyOf(key)), signature };
  }

  /** Whether the agent's key has signed this; false where no proof was sent, an error where it is wrong. */
  #checkProof({ agent }: DaemonCaller, request: DaemonAttestRequest): boolean {
    const { agent_proof, proof_ts, proof_nonce } = request;
    if (agent_proof === null || agent_proof === undefined) return false;
    if (typeof proof_ts !== "number" || typeof proof_nonce !== "string") {
      throw new VaultError(
        "proof.invalid",
        "An 'agent_proof' needs proof_ts and proof_nonce; send all three",
      );
    }
    this.#freshness.check(proof_ts, "proof.expired");
    const fields = {
      ts: proof_ts,
      nonce: proof_nonce,
      agentId: agent.agent_id,
      attestationPub: request.attestation_pub,
      binarySha256: request.binary_sha256,
      bootId: request.boot_id ?? undefined,
    };
    if (!verifyAttestProof(verifyingKey(agent.agent_pub), fields, agent_proof)) {
      throw new VaultError(
        "proof.invalid",
        "The proof is not the agent's; sign with the agent key that is registered",
      );
    }
    if (this.#nonces.claim(agent.id, proof_nonce, proof_ts)) return true;
    throw new VaultError("proof.replayed", "The nonce was used before: a replay; sign with a fresh nonce");
  }
}

function parseAttestationKey({ agent }: DaemonCaller, { attestation_pub }: DaemonAttestRequest): Uint8Array {
  const raw = parsePublicKeyText(attestation_pub);
  if (raw === undefined) {
    throw new VaultError(
      "request.invalid",
      "Field 'attestation_pub' has to be an Ed25519 public key in base64url",
    );
  }
  if (!equalBytes(raw, agent.agent_pub)) return raw;
  throw new VaultError(
    "request.invalid",
    "The attestation key is the agent's own key; make a fresh one for each start",
  );
}

function parseBinary({ binary_sha256 }: DaemonAttestRequest): string {
  if (binary_sha256.trim() !== "" && /^[\x21-\x7e]+$/.test(binary_sha256)) return binary_sha256;
  throw new VaultError(
    "request.invalid",
    "Field 'binary_sha256' is blank or not visible ASCII; send the daemon's hash",
  );
}

function pastHalfLife({ accessToken }: DaemonCaller, now: Instant): boolean {
  return accessToken.expires_at - now < ACCESS_TOKEN_LIFE / 2;
}

async function register(tx: Tx, attest: Attest): Promise<Outcome> {
  await checkStillValid(tx, attest.caller);
  const allowlist = await checkAllowlist(tx, attest.binarySha256);
  if (allowlist.refusal !== undefined) {
    return { ok: false, error: await refuse(tx, attest, allowlist.refusal) };
  }
  await endOldSessions(tx, attest);
  const sessionId = await insertSession(tx, attest);
  if (attest.renewed !== null) {
    await storeAccessToken(tx, attest.renewed, attest.caller.accessToken.device_ref);
  }
  await tx.audit(success(attest.caller, "daemon_attest", factsOf(attest, sessionId)));
  const allowedCallers = await readAllowedCallers(tx.db, attest.caller.agent.id);
  return { ok: true, sessionId, enforced: allowlist.enforced, allowedCallers };
}

/** Authentication read before this work; what was revoked or frozen since then counts. */
async function checkStillValid(tx: Tx, { agent, accessToken }: DaemonCaller): Promise<void> {
  const row = await tx.db.selectFrom("access_tokens as t").innerJoin("agents as a", "a.id", "t.agent_ref")
    .select(["t.revoked_at", "a.frozen_at"]).where("t.id", "=", accessToken.id).where("a.id", "=", agent.id)
    .executeTakeFirst();
  if (row === undefined || row.revoked_at !== null) {
    throw new VaultError("token.revoked", "This login was revoked; log in again with 'cortex daemon login'");
  }
  if (row.frozen_at !== null) throw agentFrozen();
}

/** The list is enforced as soon as it has a row, enabled or not: emptying it is the only way to switch it off. */
async function checkAllowlist(
  tx: Tx,
  binarySha256: string,
): Promise<{ readonly enforced: boolean; readonly refusal?: ErrorCode }> {
  const rows = await tx.db.selectFrom("allowed_daemons").select(["binary_sha256", "enabled"]).execute();
  if (rows.length === 0) return { enforced: false };
  const row = rows.find((candidate) => candidate.binary_sha256 === binarySha256);
  if (row === undefined) return { enforced: true, refusal: "daemon.binary_not_allowed" };
  return row.enabled === 1 ? { enforced: true } : { enforced: true, refusal: "daemon.binary_disabled" };
}

async function refuse(tx: Tx, attest: Attest, code: ErrorCode): Promise<VaultError> {
  const entry = success(attest.caller, "daemon_attest_rejected", factsOf(attest, null));
  await tx.audit({ ...entry, status: "denied" });
  const message = code === "daemon.binary_disabled"
    ? "This daemon binary is switched off; install an allowed version, or ask an admin"
    : "This daemon binary is not on the list of allowed ones; ask an admin to add its SHA-256";
  return alreadyAudited(new VaultError(code, message, { details: { binary_sha256: attest.binarySha256 } }));
}

async function endOldSessions(tx: Tx, { caller, request, now }: Attest): Promise<void> {
  const hostname = request.hostname || null;
  await tx.db.updateTable("daemon_sessions").set({ revoked_at: now, revoked_reason: "replaced" })
    .where("agent_ref", "=", caller.agent.id).where("hostname", hostname === null ? "is" : "=", hostname)
    .where("revoked_at", "is", null).execute();
  await tx.db.deleteFrom("daemon_sessions").where("expires_at", "<", now - KEEP_ENDED).execute();
  await tx.db.deleteFrom("access_tokens").where("expires_at", "<", now - KEEP_ENDED).execute();
}

async function insertSession(tx: Tx, attest: Attest): Promise<string> {
  const { caller, request, attestationPub, binarySha256, now } = attest;
  const session_id = randomUuid();
  await tx.db.insertInto("daemon_sessions").values({
    session_id,
    agent_ref: caller.agent.id,
    access_token_ref: caller.accessToken.id,
    attestation_pub: attestationPub,
    binary_sha256: binarySha256,
    daemon_version: request.daemon_version ?? null,
    daemon_pid: request.daemon_pid ?? null,
    daemon_uid: request.daemon_uid ?? null,
    hostname: request.hostname || null,
    boot_id: request.boot_id ?? null,
    created_at: now,
    expires_at: now + SESSION_LIFE,
    revoked_at: null,
    revoked_reason: null,
  }).execute();
  return session_id;
}

function factsOf({ caller, request, binarySha256 }: Attest, sessionId: string | null) {
  return {
    agentId: caller.agent.agent_id,
    namespace: caller.agent.namespace,
    resourcePath: binarySha256,
    details: {
      session_id: sessionId,
      hostname: request.hostname ?? null,
      daemon_version: request.daemon_version ?? null,
    },
  };
}
