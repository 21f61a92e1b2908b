/**
 * The token of a discover that asked for nothing (lesson B20). Old clients want a token even then, but a project row would
 * let any agent take any name. So this token has no row: it carries the agent and its end under a MAC of this process,
 * gives no value ever, and after a restart the client discovers again.
 *
 * Bytes: agent row id (16), end in unix seconds (4), HMAC-SHA-256 cut to 12; as 64 hex digits like any other token.
 */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { equalBytes, hmacSha256 } from "../../shared/crypto/hash.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { fromHex, toHex, utf8 } from "../../shared/encoding.ts";
import { PROJECT_TOKEN_LIFE, type TokenPlaintext } from "./project_token.ts";

const BODY_BYTES = 20;
/** A guess succeeds once in 2^96, and then opens nothing. */
const MAC_BYTES = 12;
const DOMAIN = utf8("cortexauth/empty-project-token/v1\n");

export class EmptyTokens {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A token for an agent (its row id, a UUID) and a project that gives nothing. */
  issue(agentRef: string, projectName: string): TokenPlaintext {
    const body = new Uint8Array(BODY_BYTES);
    body.set(Uint8Array.fromHex(agentRef.replaceAll("-", "")));
    new DataView(body.buffer).setUint32(16, unixSeconds(this.#clock.now() + PROJECT_TOKEN_LIFE));
    return (toHex(body) + toHex(this.#mac(body, projectName))) as TokenPlaintext;
  }

  /** The row id of the agent, or undefined where the token is none of these, or not for this project, or over. */
  agentOf(token: string, projectName: string): string | undefined {
    const bytes = token.length === 2 * (BODY_BYTES + MAC_BYTES) ? fromHex(token) : undefined;
    if (bytes === undefined) return undefined;
    const body = bytes.slice(0, BODY_BYTES);
    if (!equalBytes(bytes.subarray(BODY_BYTES), this.#mac(body, projectName))) return undefined;
    const end = new DataView(body.buffer).getUint32(16);
    return end > unixSeconds(this.#clock.now()) ? toUuid(toHex(body.subarray(0, 16))) : undefined;
  }

  #mac(body: Uint8Array, projectName: string): Uint8Array {
    return hmacSha256(this.#key, concat([DOMAIN, body, utf8(projectName)])).subarray(0, MAC_BYTES);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
