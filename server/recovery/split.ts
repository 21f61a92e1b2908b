/**
 * Shamir's secret sharing of the KEK: any `threshold` shares of a set give it, fewer give nothing. The arithmetic is the audited
 * library's; what it is fed and what it gives is overwritten here as soon as it was used.
 */

import { Buffer } from "node:buffer";
import { combine, split } from "shamir-secret-sharing";
import { AEAD_KEY_BYTES } from "../../shared/crypto/aead.ts";
import { sha256 } from "../../shared/crypto/hash.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { utf8 } from "../../shared/encoding.ts";
import {
  KEY_TAG_BYTES,
  MAX_SHARES,
  MIN_THRESHOLD,
  printRecoveryShare,
  type RecoveryShare,
} from "../../shared/recovery_share.ts";

/** What every share of a set has in common. */
export interface SetFacts {
  readonly setId: Uint8Array;
  readonly keyTag: Uint8Array;
  readonly kekVersion: number;
  readonly threshold: number;
  readonly total: number;
}

/** Whether a set of that size can be made. */
export function isPossibleSplit(threshold: number, total: number): boolean {
  return threshold >= MIN_THRESHOLD && threshold <= total && total <= MAX_SHARES;
}

/** The texts of all shares, in the order of their numbers. The key stays the caller's to wipe. */
export async function splitKey(key: Uint8Array, facts: SetFacts): Promise<string[]> {
  if (key.byteLength !== AEAD_KEY_BYTES) throw new Error("only a KEK is split");
  // The library wants a plain Uint8Array, not one that derives from it.
  const own = Uint8Array.from(key);
  const bodies = await unpooled(() => split(own, facts.total, facts.threshold)).finally(() => wipe(own));
  return bodies.map((body, index) => {
    const text = printRecoveryShare({ ...facts, number: index + 1, body });
    wipe(body);
    return text;
  });
}

/** The library takes the whole buffer behind its random bytes: before Deno 2.9 that may be a pool of everybody's. */
async function unpooled<T>(work: () => Promise<T>): Promise<T> {
  const size = Buffer.poolSize;
  Buffer.poolSize = 0;
  try {
    return await work();
  } finally {
    Buffer.poolSize = size;
  }
}

/** The key that shares of one set give; another key, where one of them is not of the set. */
export async function combineShares(shares: readonly RecoveryShare[]): Promise<Uint8Array<ArrayBuffer>> {
  const bodies = shares.map(({ body }) => Uint8Array.from(body));
  try {
    return new Uint8Array(await combine(bodies));
  } finally {
    for (const body of bodies) wipe(body);
  }
}

/** Names a KEK by its salt, which is as new as the key and no secret: says nothing of the key itself. */
export function keyTagOf(salt: Uint8Array, kekVersion: number): Uint8Array {
  const label = utf8(`cortexauth/recovery-share/v1 ${kekVersion} `);
  const data = new Uint8Array(label.byteLength + salt.byteLength);
  data.set(label);
  data.set(salt, label.byteLength);
  return Uint8Array.from(sha256(data).subarray(0, KEY_TAG_BYTES));
}
