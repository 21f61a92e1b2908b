/**
 * A recovery share as people keep it: `cxs1-` and 22 groups of four base32 digits. It says which set it is of, which number it has,
 * how many open the vault, and for which key it was made, and carries a checksum over all that: a share that was mistyped is
 * known as such before anything is tried, and mostly with the group.
 *
 * 55 bytes, numbers big-endian: set id (5), key tag (4), KEK version (4), threshold, number, total (1 each), the
 * share proper (33: 32 of the polynomials, 1 coordinate), and the first 6 of SHA-256 over the prefix and all before.
 */

import { base32Digits, canonicalDigits, fromBase32, toBase32 } from "./base32.ts";
import { sha256 } from "./crypto/hash.ts";
import { wipe } from "./crypto/wipe.ts";
import { fromBase64, utf8 } from "./encoding.ts";

export const SET_ID_BYTES = 5;
export const KEY_TAG_BYTES = 4;
/** A 32-byte key gives shares one byte longer. */
export const SHARE_BODY_BYTES = 33;
/** The predecessor's bounds (section 2.5 of the wire contract). */
export const MIN_THRESHOLD = 2;
export const MAX_SHARES = 200;

const PREFIX = "CXS1";
const CHECKSUM_BYTES = 6;
const CHECKED_BYTES = SET_ID_BYTES + KEY_TAG_BYTES + 4 + 3 + SHARE_BODY_BYTES;
const DIGITS = (CHECKED_BYTES + CHECKSUM_BYTES) / 5 * 8;
const GROUP = 4;
export const SHARE_GROUPS = DIGITS / GROUP;

/** What a share says. `body` is secret: whoever holds enough of them holds the vault. */
export interface RecoveryShare {
  readonly setId: Uint8Array;
  /** Tells the key that was split from others, without telling anything of the key. */
  readonly keyTag: Uint8Array;
  readonly kekVersion: number;
  /** How many shares of the set give the key. */
  readonly threshold: number;
  /** From 1. */
  readonly number: number;
  readonly total: number;
  readonly body: Uint8Array;
}

/** Why a text is no share. */
export type ShareFault =
  | { readonly kind: "not_a_share" | "predecessor" | "newer_format" | "wrong_digit" | "damaged" }
  | { readonly kind: "wrong_length"; readonly digits: number }
  | { readonly kind: "mistyped"; readonly group: number | undefined };

export type ParsedShare =
  | { readonly ok: true; readonly share: RecoveryShare }
  | { readonly ok: false; readonly fault: ShareFault };

/** The text of a share. @throws Error where a field is out of its bounds: a bug */
export function printRecoveryShare(share: RecoveryShare): string {
  if (!isPossible(share)) throw new Error("no share has these numbers");
  const bytes = new Uint8Array(CHECKED_BYTES + CHECKSUM_BYTES);
  bytes.set(share.setId, 0);
  bytes.set(share.keyTag, SET_ID_BYTES);
  new DataView(bytes.buffer).setUint32(SET_ID_BYTES + KEY_TAG_BYTES, share.kekVersion);
  bytes.set([share.threshold, share.number, share.total], SET_ID_BYTES + KEY_TAG_BYTES + 4);
  bytes.set(share.body, CHECKED_BYTES - SHARE_BODY_BYTES);
  bytes.set(checksum(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  const digits = toBase32(bytes);
  wipe(bytes);
  return `cxs1-${inGroups(digits)}`;
}

/**
 * Reads a share in either case, with or without its dashes, with spaces anywhere and with lines for people, which begin
 * with `#`. Repeats nothing of the text.
 */
export function parseRecoveryShare(text: string): ParsedShare {
  if (isPredecessorShare(text.trim())) return fault({ kind: "predecessor" });
  const dense = text.replace(/^\s*#.*$/gm, "").replace(/[\s-]+/g, "").toUpperCase().replace(
    /^CXS[IL]/,
    PREFIX,
  );
  if (!dense.startsWith(PREFIX)) {
    return fault({ kind: /^CXS[2-9]/.test(dense) ? "newer_format" : "not_a_share" });
  }
  const digits = canonicalDigits(dense.slice(PREFIX.length));
  if (digits === undefined) return fault({ kind: "wrong_digit" });
  if (digits.length !== DIGITS) return fault({ kind: "wrong_length", digits: digits.length });
  const bytes = checkedBytes(digits);
  if (bytes === undefined) return fault({ kind: "mistyped", group: mistypedGroup(digits) });
  const share = readFields(bytes);
  return isPossible(share) ? { ok: true, share } : fault({ kind: "damaged" });
}

/** A set id as people compare it: two groups of four, the first two of each of its shares. */
export function printSetId(setId: Uint8Array): string {
  return inGroups(toBase32(setId));
}

/** What to tell the holder of a text that is no share. */
export function describeShareFault(found: ShareFault): string {
  switch (found.kind) {
    case "not_a_share":
      return "This is not a recovery share; one starts with cxs1-";
    case "predecessor":
      return "This is a share of the predecessor; cortex-server import-cortex-auth --shares brings its vault over";
    case "newer_format":
      return "This share has a newer format; use the version of CortexAuth that made it, or a newer one";
    case "wrong_digit":
      return "This share is mistyped: it has a character that shares never have";
    case "wrong_length":
      return `This share is mistyped: it has ${found.digits} characters after cxs1 instead of ${DIGITS}`;
    case "mistyped":
      return found.group === undefined
        ? "This share is mistyped: its checksum does not fit; compare it group by group"
        : `This share is mistyped: look at group ${found.group} of ${SHARE_GROUPS} after cxs1`;
    case "damaged":
      return "This share is damaged: its numbers are impossible; use another one";
  }
}

function fault(found: ShareFault): ParsedShare {
  return { ok: false, fault: found };
}

function inGroups(digits: string): string {
  return (digits.match(/.{4}/g) ?? []).join("-");
}

function isPossible({ setId, keyTag, body, ...numbers }: RecoveryShare): boolean {
  const { kekVersion, threshold, number, total } = numbers;
  const sized = setId.byteLength === SET_ID_BYTES && keyTag.byteLength === KEY_TAG_BYTES &&
    body.byteLength === SHARE_BODY_BYTES;
  return sized && kekVersion >= 1 && kekVersion < 2 ** 32 && threshold >= MIN_THRESHOLD &&
    threshold <= total && total <= MAX_SHARES && number >= 1 && number <= total;
}

function readFields(bytes: Uint8Array): RecoveryShare {
  const numbers = SET_ID_BYTES + KEY_TAG_BYTES;
  const [threshold = 0, number = 0, total = 0] = bytes.subarray(numbers + 4);
  return {
    setId: bytes.slice(0, SET_ID_BYTES),
    keyTag: bytes.slice(SET_ID_BYTES, numbers),
    kekVersion: new DataView(bytes.buffer).getUint32(numbers),
    threshold,
    number,
    total,
    body: bytes.subarray(CHECKED_BYTES - SHARE_BODY_BYTES, CHECKED_BYTES),
  };
}

/** The first six bytes: a text that was mistyped at random passes once in 2^48. */
function checksum(checked: Uint8Array): Uint8Array {
  const data = new Uint8Array(PREFIX.length + checked.byteLength);
  data.set(utf8(PREFIX));
  data.set(checked, PREFIX.length);
  const digest = sha256(data);
  wipe(data);
  return digest.subarray(0, CHECKSUM_BYTES);
}

function checkedBytes(digits: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = fromBase32(digits);
  if (bytes === undefined) return undefined;
  const expected = checksum(bytes.subarray(0, CHECKED_BYTES));
  return expected.every((byte, at) => byte === bytes[CHECKED_BYTES + at]) ? bytes : undefined;
}

/**
 * The group with the mistake, from 1, where changing one digit, or swapping two neighbours, gives a share: three thousand
 * texts are tried, a few milliseconds. The right text is not used in its place: who mistyped once looks again.
 */
function mistypedGroup(digits: string): number | undefined {
  for (let at = 0; at < digits.length; at++) {
    if (neighbours(digits, at).some((text) => checkedBytes(text) !== undefined)) {
      return Math.floor(at / GROUP) + 1;
    }
  }
  return undefined;
}

function neighbours(digits: string, at: number): string[] {
  const before = digits.slice(0, at);
  const own = digits.charAt(at);
  const changed = base32Digits().map((digit) => before + digit + digits.slice(at + 1));
  return [...changed, before + digits.charAt(at + 1) + own + digits.slice(at + 2)];
}

/** 33 bytes in base64 (section 3.9 of the wire contract). */
function isPredecessorShare(text: string): boolean {
  return text.length === 44 && fromBase64(text)?.byteLength === SHARE_BODY_BYTES;
}
