/**
 * The device's side of a login (RFC 8628, sections 2.1 and 12 of the wire contract): it starts one, polls, and takes its
 * access token once. A login that began with a key is only ever continued by the holder of that key.
 */

import { keyFingerprint, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { parsePublicKeyText } from "../../../shared/crypto/public_key.ts";
import { equalBytes, sha256 } from "../../../shared/crypto/hash.ts";
import { randomHex, randomUuid } from "../../../shared/crypto/random.ts";
import { type Clock, type Instant, MINUTE, SECOND } from "../../../shared/clock.ts";
import type {
  DeviceAuthorizeRequest,
  DeviceAuthorizeResponse,
  DeviceTokenRequest,
  DeviceTokenResponse,
} from "../../../shared/api/device.ts";
import { fromBase64Url } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseAgentId, parseNamespaceName } from "../../../shared/names.ts";
import { verifyDeviceInit, verifyDevicePoll } from "../../../shared/proofs/device_proof.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AnonymousCaller } from "../../caller.ts";
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
import { newUserCode } from "../../identity/user_codes.ts";
import { MAX_WRONG_CODES } from "../../identity/wrong_codes.ts";
import type { Store } from "../../store/store.ts";
import type { AgentRow } from "../agents/agent_rows.ts";
import { type DeviceRow, forgetOldDevices } from "./device_rows.ts";
import { success } from "../success.ts";

export const DEVICE_CODE_LIFE = 10 * MINUTE;
/** Seconds between polls. */
export const POLL_INTERVAL = 5;
const DEVICE_CODE_BYTES = 32;
/** Logins that may wait at once; a person has to look at each. */
const MAX_WAITING = 1_000;

export interface DeviceLoginDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signingKeys: SigningKeys;
  readonly startedAt: Instant;
}

/** Counts a poll of a device; throws `request.rate_limited` where they come too fast. */
export type SpendPoll = (deviceId: string) => void;

export class DeviceLoginService {
  readonly #deps: DeviceLoginDeps;
  readonly #freshness: Freshness;
  readonly #nonces: ReplayCache;

  constructor(deps: DeviceLoginDeps) {
    this.#deps = deps;
    this.#freshness = new Freshness(deps.clock, deps.startedAt);
    this.#nonces = new ReplayCache(deps.clock);
  }

  /** Starts a login. `base` is the address that the client used. @throws VaultError `proof.*`, `request.invalid` */
  async authorize(
    caller: AnonymousCaller,
    request: DeviceAuthorizeRequest,
    base: string,
  ): Promise<DeviceAuthorizeResponse> {
    const agent_pub = this.#provenKey(request);
    const requested_agent_id = present(request.agent_id, parseAgentId);
    const requested_namespace = present(request.namespace, parseNamespaceName);
    const deviceCode = randomHex(DEVICE_CODE_BYTES);
    const now = this.#deps.clock.now();
    const userCode = await this.#deps.ledger.commit(async (tx) => {
      await forgetOldDevices(tx, now);
      await checkRoom(tx, now);
      const user_code = await freeUserCode(tx);
      await tx.db.insertInto("devices").values({
        id: randomUuid(),
        device_code_hash: sha256(deviceCode),
        user_code,
        status: "pending",
        agent_pub,
        requested_agent_id,
        requested_namespace,
        hostname: request.hostname || null,
        os: request.os || null,
        device_name: request.device_name || null,
        agent_ref: null,
        source_ip: caller.origin.sourceIp,
        failed_proofs: 0,
        created_at: now,
        expires_at: now + DEVICE_CODE_LIFE,
        decided_at: null,
        decided_by: null,
        redeemed_at: null,
      }).execute();
      await tx.audit(success(caller, "device_authorize", { resourcePath: user_code }));
      return user_code;
    });
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: "/device",
      verification_uri_complete: `${base}/device?user_code=${userCode}`,
      expires_in: DEVICE_CODE_LIFE / SECOND,
      interval: POLL_INTERVAL,
      ...(agent_pub === null ? {} : { fingerprint: keyFingerprint(agent_pub) }),
    };
  }

  /** The raw key that the request proves to hold, or null for a client of the predecessor, which proves none. */
  #provenKey(request: DeviceAuthorizeRequest): Uint8Array | null {
    const { agent_pub, init_proof, init_ts, init_nonce } = request;
    if (agent_pub === null || agent_pub === undefined) return null;
    const raw = parsePublicKeyText(agent_pub);
    if (raw === undefined) {
      throw new VaultError(
        "request.invalid",
        "Field 'agent_pub' has to be an Ed25519 public key in base64url",
      );
    }
    if (typeof init_proof !== "string" || typeof init_ts !== "number" || typeof init_nonce !== "string") {
      throw new VaultError(
        "proof.invalid",
        "A login with 'agent_pub' needs init_proof, init_ts and init_nonce",
      );
    }
    this.#freshness.check(init_ts, "proof.expired");
    const fields = {
      ts: init_ts,
      nonce: init_nonce,
      agentPub: agent_pub,
      agentId: request.agent_id ?? undefined,
      namespace: request.namespace ?? undefined,
      hostname: request.hostname ?? undefined,
    };
    if (!verifyDeviceInit(verifyingKey(raw), fields, init_proof)) {
      throw new VaultError(
        "proof.invalid",
        "The proof does not fit the key and the fields; sign what is sent",
      );
    }
    if (!this.#nonces.claim("device-init", `${agent_pub} ${init_nonce}`, init_ts)) {
      throw new VaultError("proof.replayed", "The nonce was used before: a replay; sign with a fresh nonce");
    }
    return raw;
  }

  /** One poll. @throws VaultError `device.*`, `proof.*`, `auth.invalid`, `agent.frozen` */
  async poll(
    caller: AnonymousCaller,
    request: DeviceTokenRequest,
    spendPoll: SpendPoll,
  ): Promise<DeviceTokenResponse> {
    const device = await this.#findDevice(request.device_code);
    await this.#checkPoll(caller, device, request);
    if (device.expires_at <= this.#deps.clock.now() && device.status !== "locked") throw expired();
    switch (device.status) {
      case "pending":
        throw pending(device, spendPoll);
      case "denied":
      case "revoked":
        throw denied();
      case "locked":
        throw locked();
      case "redeemed":
        throw used();
      case "approved":
        return await this.#redeem(caller, device);
    }
  }

  async #findDevice(deviceCode: string): Promise<DeviceRow> {
    // By its hash: the text is never cut, compared or stored, whatever characters it has (lesson B22).
    const device = await this.#deps.store.reader.selectFrom("devices").selectAll()
      .where("device_code_hash", "=", sha256(deviceCode)).executeTakeFirst();
    if (device !== undefined) return device;
    throw new VaultError("auth.invalid", "The device code is not known; start the login anew");
  }

  async #checkPoll(caller: AnonymousCaller, device: DeviceRow, request: DeviceTokenRequest): Promise<void> {
    if (device.agent_pub === null || device.status === "locked") return;
    const { poll_proof, poll_ts, device_code } = request;
    if (typeof poll_ts === "number" && typeof poll_proof === "string") {
      this.#freshness.check(poll_ts, "proof.expired");
      const fields = { ts: poll_ts, deviceCode: device_code };
      if (verifyDevicePoll(verifyingKey(device.agent_pub), fields, poll_proof)) return;
    }
    await this.#deps.ledger.commit((tx) => countWrongProof(tx, caller, device));
    throw new VaultError(
      "proof.invalid",
      "The poll is not signed by the key that began this login; sign each poll",
    );
  }

  async #redeem(caller: AnonymousCaller, device: DeviceRow): Promise<DeviceTokenResponse> {
    const { store, ledger, signingKeys, clock } = this.#deps;
    const agent = await findDeviceAgent(store, device);
    const now = clock.now();
    // Signed before the work, which may await nothing but its transaction; without its row the token is worth nothing.
    const token = await makeAccessToken(signingKeys.current, agent, now);
    await ledger.commit((tx) => redeem(tx, caller, { device, agent, token, now }));
    const { keys } = signingKeys.jwks();
    const raw = fromBase64Url(keys.find(({ kid }) => kid === token.kid)?.x ?? "");
    return {
      access_token: token.token,
      token_type: "Bearer",
      expires_in: ACCESS_TOKEN_LIFE / SECOND,
      kid: token.kid,
      agent_id: agent.agent_id,
      namespace: agent.namespace,
      ...(raw === undefined ? {} : { server_fingerprint: keyFingerprint(raw) }),
      jwks: { keys: [...keys] },
    };
  }
}

function present<Name extends string>(
  text: string | null | undefined,
  parse: (text: string) => Name,
): Name | null {
  return text === null || text === undefined || text === "" ? null : parse(text);
}

async function checkRoom(tx: Tx, now: Instant): Promise<void> {
  const { waiting } = await tx.db.selectFrom("devices").select(({ fn }) =>
    fn.countAll<number>().as("waiting")
  )
    .where("status", "=", "pending").where("expires_at", ">", now).executeTakeFirstOrThrow();
  if (waiting >= MAX_WAITING) {
    throw new VaultError("server.busy", "Too many logins are waiting for approval; try again later", {
      retryAfter: DEVICE_CODE_LIFE / SECOND,
    });
  }
}

/** A code that no waiting login has; those that ran out make room. */
async function freeUserCode(tx: Tx): Promise<string> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const code = newUserCode();
    const taken = await tx.db.selectFrom("devices").select("id").where("user_code", "=", code)
      .executeTakeFirst();
    if (taken === undefined) return code;
  }
  throw new Error("no user code is free");
}

/** Clients without proofs give up on anything but "pending", so they are told that even when they hurry. */
function pending(device: DeviceRow, spendPoll: SpendPoll): VaultError {
  try {
    spendPoll(device.id);
  } catch (error) {
    if (device.agent_pub !== null && error instanceof VaultError) {
      return new VaultError(
        "device.slow_down",
        `Polls come too fast; wait ${POLL_INTERVAL} s longer between them`,
      );
    }
    if (!(error instanceof VaultError)) throw error;
  }
  return new VaultError(
    "device.authorization_pending",
    "The login waits for an admin's approval; go on polling",
  );
}

async function countWrongProof(tx: Tx, caller: AnonymousCaller, { id, user_code }: DeviceRow): Promise<void> {
  const row = await tx.db.updateTable("devices").set((eb) => ({ failed_proofs: eb("failed_proofs", "+", 1) }))
    .where("id", "=", id).where("status", "in", ["pending", "approved"])
    .returning("failed_proofs").executeTakeFirst();
  if (row === undefined || row.failed_proofs < MAX_WRONG_CODES) return;
  await tx.db.updateTable("devices").set({ status: "locked" }).where("id", "=", id).execute();
  await tx.audit({ ...success(caller, "device_locked", { resourcePath: user_code }), status: "denied" });
}

async function findDeviceAgent(store: Pick<Store, "reader">, device: DeviceRow): Promise<AgentRow> {
  const agent = await store.reader.selectFrom("agents").selectAll()
    .where("id", "=", device.agent_ref ?? "").executeTakeFirst();
  // The agent is gone, or has been given another key since the approval.
  if (agent === undefined) throw denied();
  if (device.agent_pub !== null && !equalBytes(device.agent_pub, agent.agent_pub)) throw denied();
  if (agent.frozen_at !== null) throw agentFrozen();
  return agent;
}

interface Redemption {
  readonly device: DeviceRow;
  readonly agent: AgentRow;
  readonly token: AccessToken;
  readonly now: Instant;
}

/** The update decides who is first: of two polls at once, one finds the login approved. */
async function redeem(
  tx: Tx,
  caller: AnonymousCaller,
  { device, agent, token, now }: Redemption,
): Promise<void> {
  const { numUpdatedRows } = await tx.db.updateTable("devices").set({ status: "redeemed", redeemed_at: now })
    .where("id", "=", device.id).where("status", "=", "approved").executeTakeFirst();
  if (numUpdatedRows === 0n) throw used();
  await storeAccessToken(tx, token, device.id);
  await tx.audit(success(caller, "device_token_issue", {
    agentId: agent.agent_id,
    namespace: agent.namespace,
    details: { token_id: token.id, device_id: device.id },
  }));
}

function expired(): VaultError {
  return new VaultError("device.expired", "The code has expired; start the login anew");
}

function used(): VaultError {
  return new VaultError("device.expired", "The code was used already; start the login anew");
}

function denied(): VaultError {
  return new VaultError("device.access_denied", "The login was denied; ask an admin, then start it anew");
}

function locked(): VaultError {
  return new VaultError("device.locked", "The login is locked after too many wrong proofs; start it anew");
}
