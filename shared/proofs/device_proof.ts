/**
 * Proofs of the agent key in the device flow (RFC 8628 with two signatures more): whoever starts a login shows that
 * it holds the key it wants registered, and so does whoever collects the token. Ed25519 over texts joined by `|`;
 * no part but the last may hold a `|`, which the parsers of ids, keys, namespaces and nonces see to.
 *
 *   init  `cortex/device-init/1|<ts>|<nonce>|<agent_id or empty>|<agent_pub>|<namespace or empty>|<hostname or empty>`
 *   poll  `cortex/device-poll/1|<ts>|<device_code>`
 *
 * `ts` is unix seconds, in the window of {@linkcode PROOF_WINDOW_SECONDS}; `agent_pub` is unpadded base64url of the
 * 32 raw bytes; the fields are signed exactly as they are sent. A signature is unpadded base64url of 64 bytes.
 */

import { sign, type SigningKey, verify, type VerifyingKey } from "../crypto/ed25519.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";

/** The form of `init_nonce`: at least eight random bytes as lowercase hex. */
export const INIT_NONCE = /^[0-9a-f]{16,64}$/;

/** What `init_proof` covers; an absent field counts as empty. */
export interface DeviceInitFields {
  /** `init_ts`. */
  readonly ts: number;
  /** `init_nonce`. */
  readonly nonce: string;
  readonly agentId?: string | undefined;
  /** `agent_pub` as sent. */
  readonly agentPub: string;
  readonly namespace?: string | undefined;
  readonly hostname?: string | undefined;
}

/** What `poll_proof` covers. */
export interface DevicePollFields {
  /** `poll_ts`. */
  readonly ts: number;
  readonly deviceCode: string;
}

/** The text that `init_proof` signs. */
export function deviceInitMessage(fields: DeviceInitFields): string {
  const { ts, nonce, agentId = "", agentPub, namespace = "", hostname = "" } = fields;
  return `cortex/device-init/1|${ts}|${nonce}|${agentId}|${agentPub}|${namespace}|${hostname}`;
}

/** The text that `poll_proof` signs. */
export function devicePollMessage({ ts, deviceCode }: DevicePollFields): string {
  return `cortex/device-poll/1|${ts}|${deviceCode}`;
}

/** `init_proof` as it goes on the wire. */
export function signDeviceInit(key: SigningKey, fields: DeviceInitFields): string {
  return toBase64Url(sign(key, utf8(deviceInitMessage(fields))));
}

/** `poll_proof` as it goes on the wire. */
export function signDevicePoll(key: SigningKey, fields: DevicePollFields): string {
  return toBase64Url(sign(key, utf8(devicePollMessage(fields))));
}

/** Whether `proof`, as it came from the wire, is one of the fields under the key that they name. */
export function verifyDeviceInit(key: VerifyingKey, fields: DeviceInitFields, proof: string): boolean {
  return verifyText(key, deviceInitMessage(fields), proof);
}

/** Whether `proof`, as it came from the wire, is one of the fields under the key of the login's start. */
export function verifyDevicePoll(key: VerifyingKey, fields: DevicePollFields, proof: string): boolean {
  return verifyText(key, devicePollMessage(fields), proof);
}

function verifyText(key: VerifyingKey, message: string, proof: string): boolean {
  const signature = fromBase64Url(proof);
  return signature !== undefined && verify(key, utf8(message), signature);
}
