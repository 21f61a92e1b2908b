/**
 * The keys that sign tokens (Ed25519, JWS `EdDSA`). The oldest that is not retired signs: a new key is listed for a while
 * before its predecessor retires, so that nobody who keeps the list for a few minutes meets a token of a key it does not
 * know. Every key verifies, found by its `kid`, until the last token that it can have signed has ended.
 */

import { createPublicKey } from "node:crypto";
import { type Clock, type Instant, MINUTE, systemClock } from "../../shared/clock.ts";
import { keyFingerprint, publicKeyOf, type VerifyingKey } from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import type { Handover } from "../../shared/proofs/key_handover.ts";
import type { LoadedSigningKey } from "../vault/server_keys.ts";
import { LONGEST_TOKEN_LIFE } from "./token_life.ts";

export const TOKEN_ALGORITHM = "EdDSA";

/** For how long the list of keys may be kept by who reads it; a new key is listed longer before it signs. */
export const JWKS_MAX_AGE = 5 * MINUTE;
export const PUBLISHED_BEFORE_USE = 6 * MINUTE;

/** Signatures that were under way when their key retired, and clocks that differ by the window of proofs. */
const GRACE = 10 * MINUTE;

/** One entry of the JWKS (RFC 8037 section 2). */
export interface SigningJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly alg: typeof TOKEN_ALGORITHM;
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
}

export interface Jwks {
  readonly keys: readonly SigningJwk[];
  /** How each key vouched for the next, oldest first; absent before the first rotation. */
  readonly cortex_handovers?: readonly Handover[];
}

export type KeyState = "next" | "signing" | "retired";

export class SigningKeys {
  readonly #clock: Clock;
  /** Newest first. */
  #keys: readonly LoadedSigningKey[] = [];
  #handovers: readonly Handover[];
  #verifying = new Map<string, VerifyingKey>();

  constructor(
    keys: readonly LoadedSigningKey[],
    clock: Clock = systemClock,
    handovers: readonly Handover[] = [],
  ) {
    this.#clock = clock;
    this.#handovers = handovers;
    this.#adopt(keys);
  }

  /** All keys, newest first. */
  get all(): readonly LoadedSigningKey[] {
    return this.#keys;
  }

  /** The key for new tokens. @throws Error where all are retired or the vault was closed */
  get current(): LoadedSigningKey {
    const current = this.#keys.findLast((key) => !isRetired(key, this.#clock.now()));
    if (current === undefined) throw new Error("there is no signing key in use");
    return current;
  }

  /** What a key does at this moment. */
  stateOf(key: LoadedSigningKey): KeyState {
    if (isRetired(key, this.#clock.now())) return "retired";
    return key.kid === this.current.kid ? "signing" : "next";
  }

  /** The key that verifies what `kid` signed, or undefined where it is unknown or can have signed nothing that lives. */
  find(kid: string): VerifyingKey | undefined {
    const key = this.#keys.find((candidate) => candidate.kid === kid);
    if (key === undefined || verifiesUntil(key) <= this.#clock.now()) return undefined;
    return this.#verifying.get(kid);
  }

  /** The public halves of all that verify, newest first: the answer of `/.well-known/jwks.json`. */
  jwks(): Jwks {
    const now = this.#clock.now();
    const keys = this.#keys.filter((key) => verifiesUntil(key) > now).map(toJwk);
    return this.#handovers.length === 0 ? { keys } : { keys, cortex_handovers: this.#handovers };
  }

  /** A rotation was written: `keys` are all that there are now. */
  replace(keys: readonly LoadedSigningKey[], handover: Handover | undefined): void {
    this.#adopt(keys);
    if (handover !== undefined) this.#handovers = [...this.#handovers, handover];
  }

  /** A key was destroyed. What vouched for others stays: it is public, and pins may still hang on it. */
  remove(kid: string): void {
    this.#adopt(this.#keys.filter((key) => key.kid !== kid));
  }

  /** Forgets all keys. The engine frees their memory; a `KeyObject` cannot be overwritten. */
  clear(): void {
    this.#adopt([]);
  }

  #adopt(keys: readonly LoadedSigningKey[]): void {
    this.#keys = keys.toSorted(newestFirst);
    this.#verifying = new Map(keys.map(({ kid, key }) => [kid, createPublicKey(key)]));
  }
}

/** Until when something that a key signed can be alive; for ever where it is not retired. */
export function verifiesUntil({ retiredAt }: Pick<LoadedSigningKey, "retiredAt">): Instant {
  return retiredAt === null ? Infinity : retiredAt + LONGEST_TOKEN_LIFE + GRACE;
}

/** What a person compares. */
export function fingerprintOf({ key }: Pick<LoadedSigningKey, "key">): string {
  return keyFingerprint(publicKeyOf(key));
}

/** Of two that were made in the same millisecond, the one that goes on is the newer. */
function newestFirst(left: LoadedSigningKey, right: LoadedSigningKey): number {
  if (left.createdAt !== right.createdAt) return right.createdAt - left.createdAt;
  return (right.retiredAt ?? Infinity) < (left.retiredAt ?? Infinity) ? -1 : 1;
}

function isRetired({ retiredAt }: LoadedSigningKey, now: Instant): boolean {
  return retiredAt !== null && retiredAt <= now;
}

function toJwk({ kid, key }: LoadedSigningKey): SigningJwk {
  return {
    kty: "OKP",
    crv: "Ed25519",
    alg: TOKEN_ALGORITHM,
    use: "sig",
    kid,
    x: toBase64Url(publicKeyOf(key)),
  };
}
