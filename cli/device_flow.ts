/**
 * The device flow from the device's side (RFC 8628): start it with a proof of the agent key, then ask until a person
 * has decided or the code has died. Slow servers, `slow_down`, 429 and network loss only make the asking slower.
 */

import { printableLine } from "../shared/client/answer_error.ts";
import type { ServerClient } from "../shared/client/server_client.ts";
import { type Clock, SECOND, unixSeconds } from "../shared/clock.ts";
import type {
  DeviceAuthorizeRequest,
  DeviceAuthorizeResponse,
  DeviceTokenRequest,
} from "../shared/api/device.ts";
import { publicKeyOf, type SigningKey } from "../shared/crypto/ed25519.ts";
import { randomHex } from "../shared/crypto/random.ts";
import { toBase64Url } from "../shared/encoding.ts";
import { VaultError } from "../shared/errors.ts";
import { signDeviceInit, signDevicePoll } from "../shared/proofs/device_proof.ts";
import { type IssuedToken, parseDeviceCode, parseIssued } from "./device_answers.ts";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code";
/** The predecessor's server allows five polls a minute whatever it says: the spacing after its first 429. */
const CAREFUL_INTERVAL = 13 * SECOND;
/** RFC 8628 section 3.5: each `slow_down` adds five seconds. */
const SLOW_DOWN_STEP = 5 * SECOND;
const TICK = SECOND / 4;
/** The first question comes early: who sits beside the approver should not wait a whole interval. */
const FIRST_WAIT = SECOND;
/** Whatever the server says, we do not hammer it. */
const SHORTEST_INTERVAL = SECOND / 10;

/** What may go wrong between two polls without ending the login. */
const PASSING = new Set([
  "server.unreachable",
  "server.busy",
  "server.sealed",
  "server.stopping",
  "server.audit_unavailable",
  "server.internal",
  "request.timeout",
]);

/** Who is logging in, as the approver will see it. */
export interface DeviceFacts {
  readonly agentId: string;
  readonly namespace?: string | undefined;
  readonly hostname: string;
  readonly os: string;
  readonly deviceName?: string | undefined;
}

/** The world around the flow; tests hand in their own. */
export interface FlowTools {
  readonly client: ServerClient;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Called a few times a second while waiting. */
  readonly onWait: (secondsLeft: number) => void;
  /** Called when something passing went wrong. */
  readonly onTrouble: (message: string) => void;
}

export type DeviceCode = DeviceAuthorizeResponse;

/** Starts a login. A proof that the server finds a moment too old is made anew, once. */
export async function startDeviceFlow(facts: DeviceFacts, tools: FlowTools): Promise<DeviceCode> {
  try {
    return await authorize(facts, tools);
  } catch (error) {
    if (!(error instanceof VaultError && error.code === "proof.expired")) throw error;
    await tools.sleep(SECOND);
    return await authorize(facts, tools);
  }
}

function authorize(facts: DeviceFacts, { client, key, clock }: FlowTools): Promise<DeviceCode> {
  const agentPub = toBase64Url(publicKeyOf(key));
  const signed = { ts: unixSeconds(clock.now()), nonce: randomHex(16), agentPub, ...facts };
  const request: DeviceAuthorizeRequest = {
    client_id: "cortex-cli",
    agent_pub: agentPub,
    agent_id: facts.agentId,
    hostname: facts.hostname,
    os: facts.os,
    init_proof: signDeviceInit(key, signed),
    init_ts: signed.ts,
    init_nonce: signed.nonce,
    ...(facts.namespace === undefined ? {} : { namespace: facts.namespace }),
    ...(facts.deviceName === undefined ? {} : { device_name: facts.deviceName }),
  };
  return client.requestJson("POST", "/device/authorize", {
    body: JSON.stringify(request),
    parse: parseDeviceCode,
  });
}

/**
 * Waits for the decision as long as the code lives.
 * @throws VaultError `device.access_denied`, `device.expired`, or what else the server says for good
 */
export async function waitForToken(device: DeviceCode, tools: FlowTools): Promise<IssuedToken> {
  const deadline = tools.clock.now() + device.expires_in * SECOND;
  let interval = Math.max(SHORTEST_INTERVAL, device.interval * SECOND);
  let wait = Math.min(FIRST_WAIT, interval);
  while (await waitForTurn(wait, deadline, tools)) {
    try {
      return await poll(device, tools);
    } catch (error) {
      wait = interval = nextInterval(error, interval, tools);
    }
  }
  throw new VaultError("device.expired", "The code died before anybody approved it");
}

/** False when the code dies before the next turn. */
async function waitForTurn(interval: number, deadline: number, tools: FlowTools): Promise<boolean> {
  const turn = tools.clock.now() + interval;
  while (tools.clock.now() < turn) {
    const left = deadline - tools.clock.now();
    if (left <= 0) return false;
    tools.onWait(Math.ceil(left / SECOND));
    await tools.sleep(Math.min(TICK, turn - tools.clock.now()));
  }
  return true;
}

function poll(device: DeviceCode, { client, key, clock }: FlowTools): Promise<IssuedToken> {
  const ts = unixSeconds(clock.now());
  const request: DeviceTokenRequest = {
    device_code: device.device_code,
    grant_type: GRANT_TYPE,
    poll_proof: signDevicePoll(key, { ts, deviceCode: device.device_code }),
    poll_ts: ts,
  };
  return client.requestJson("POST", "/device/token", { body: JSON.stringify(request), parse: parseIssued });
}

/** How long to wait after this answer; rethrows what ends the login. */
function nextInterval(error: unknown, interval: number, tools: FlowTools): number {
  if (!(error instanceof VaultError)) throw error;
  if (error.code === "device.authorization_pending") return interval;
  if (error.code === "device.slow_down") return interval + SLOW_DOWN_STEP;
  if (error.code === "request.rate_limited") {
    return Math.max(interval, CAREFUL_INTERVAL, (error.retryAfter ?? 0) * SECOND);
  }
  if (!PASSING.has(error.code)) throw error;
  tools.onTrouble(printableLine(error.message));
  return Math.max(interval, (error.retryAfter ?? 0) * SECOND);
}
