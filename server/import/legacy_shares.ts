/**
 * Shares of the predecessor (section 3.9 of the wire contract): Shamir's secret sharing byte by byte over GF(2^8) with the polynomial
 * 0x11d, in base64, with neither checksum nor threshold. Only ever put together here, never made.
 */

import { fromBase64 } from "../../shared/encoding.ts";

const POLYNOMIAL = 0x11d;
const KEY_BYTES = 32;

export interface LegacyShare {
  /** The coordinate, from 1. */
  readonly x: number;
  /** A byte for each of the key's. */
  readonly body: Uint8Array;
}

/** A share out of its text, or undefined where it is none. */
export function parseLegacyShare(text: string): LegacyShare | undefined {
  const bytes = fromBase64(text.trim());
  const x = bytes?.[0] ?? 0;
  return bytes?.byteLength === KEY_BYTES + 1 && x !== 0 ? { x, body: bytes.subarray(1) } : undefined;
}

/**
 * The key that shares with different coordinates come to: the value at 0 of the polynomials through them (Lagrange). With
 * too few, or with one that is not of the set, it is another key, which the sentinel refuses.
 */
export function combineLegacyShares(shares: readonly LegacyShare[]): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(KEY_BYTES);
  for (const share of shares) {
    const weight = weightAtZero(share.x, shares.map(({ x }) => x));
    for (let at = 0; at < KEY_BYTES; at++) {
      key[at] = (key[at] ?? 0) ^ multiply(share.body[at] ?? 0, weight);
    }
  }
  return key;
}

/** Addition is exclusive or, and so is subtraction. */
function weightAtZero(own: number, all: readonly number[]): number {
  return all.filter((x) => x !== own)
    .reduce((weight, x) => multiply(weight, multiply(x, inverse(x ^ own))), 1);
}

function multiply(left: number, right: number): number {
  let product = 0;
  for (let rest = right, power = left; rest > 0; rest >>= 1) {
    if (rest & 1) product ^= power;
    power <<= 1;
    if (power & 0x100) power ^= POLYNOMIAL;
  }
  return product;
}

/** a^254: the multiplicative group has 255 elements. */
function inverse(value: number): number {
  let result = 1;
  for (let times = 0; times < 254; times++) result = multiply(result, value);
  return result;
}
