/**
 * How a signing key of a server vouches for the one after it, so that clients that pinned the old one follow a rotation
 * without asking anybody. Ed25519 by the old key over
 *
 *   `cortex/key-handover/1|<from kid>|<from x>|<to kid>|<to x>|<at>`
 *
 * where `x` is the public key in unpadded base64url and `at` unix seconds. The statements are public and are listed as
 * `cortex_handovers` beside the keys of the JWKS (RFC 7517 section 5 lets a set have further members).
 */

import {
  decodeKeyText,
  keyFingerprint,
  sign,
  type SigningKey,
  verify,
  verifyingKey,
} from "../crypto/ed25519.ts";
import { parsePublicKeyText } from "../crypto/public_key.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";

/** What a statement says, as it goes on the wire. */
export interface HandoverFields {
  readonly from_kid: string;
  /** Public key, unpadded base64url. */
  readonly from_x: string;
  readonly to_kid: string;
  readonly to_x: string;
  /** Unix seconds. */
  readonly at: number;
}

export interface Handover extends HandoverFields {
  /** Unpadded base64url of 64 bytes. */
  readonly signature: string;
}

/** More rotations than anybody makes between two looks of a client. */
const LONGEST_CHAIN = 1_000;

/** The text that the old key signs. */
export function handoverMessage({ from_kid, from_x, to_kid, to_x, at }: HandoverFields): string {
  return `cortex/key-handover/1|${from_kid}|${from_x}|${to_kid}|${to_x}|${at}`;
}

/** Signs by the old key. */
export function signHandover(key: SigningKey, fields: HandoverFields): Uint8Array {
  return sign(key, utf8(handoverMessage(fields)));
}

/** Whether the old key that a statement names has signed it. */
export function verifyHandover(handover: Handover): boolean {
  const from = parsePublicKeyText(handover.from_x);
  const signature = fromBase64Url(handover.signature);
  if (from === undefined || signature === undefined) return false;
  return verify(verifyingKey(from), utf8(handoverMessage(handover)), signature);
}

/**
 * Whether a key is the pinned one or follows from it by statements, each signed by the key before. Fingerprints are those
 * of `keyFingerprint`.
 */
export function followsFrom(pinned: string, wanted: string, handovers: readonly Handover[]): boolean {
  const byKey = Map.groupBy(handovers, ({ from_x }) => fingerprintOf(from_x));
  const reached = new Set([pinned]);
  for (const fingerprint of reached) {
    if (fingerprint === wanted) return true;
    for (const handover of byKey.get(fingerprint) ?? []) {
      const next = verifyHandover(handover) ? fingerprintOf(handover.to_x) : undefined;
      if (next !== undefined) reached.add(next);
    }
  }
  return false;
}

function fingerprintOf(text: string): string | undefined {
  const raw = decodeKeyText(text);
  return raw === undefined ? undefined : keyFingerprint(raw);
}

/** The well-formed statements of a JWKS document; whether they are signed is looked at when they are followed. */
export function parseHandovers(jwks: unknown): readonly Handover[] {
  if (typeof jwks !== "object" || jwks === null || !("cortex_handovers" in jwks)) return [];
  const { cortex_handovers: list } = jwks;
  return Array.isArray(list) ? list.slice(0, LONGEST_CHAIN).flatMap(parseHandover) : [];
}

function parseHandover(value: unknown): Handover[] {
  if (typeof value !== "object" || value === null) return [];
  const { from_kid, from_x, to_kid, to_x, at, signature }: Partial<Record<string, unknown>> = { ...value };
  if (typeof from_kid !== "string" || typeof from_x !== "string" || typeof to_kid !== "string") return [];
  if (typeof to_x !== "string" || typeof at !== "number" || typeof signature !== "string") return [];
  return [{ from_kid, from_x, to_kid, to_x, at, signature }];
}

/** A statement out of its columns. */
export function printHandover(row: {
  readonly from_kid: string;
  readonly from_public: Uint8Array;
  readonly to_kid: string;
  readonly to_public: Uint8Array;
  /** Unix seconds. */
  readonly at: number;
  readonly signature: Uint8Array;
}): Handover {
  return {
    from_kid: row.from_kid,
    from_x: toBase64Url(row.from_public),
    to_kid: row.to_kid,
    to_x: toBase64Url(row.to_public),
    at: row.at,
    signature: toBase64Url(row.signature),
  };
}
