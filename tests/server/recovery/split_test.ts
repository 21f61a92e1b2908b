import assert from "node:assert/strict";
import fc from "fast-check";
import { combineShares, isPossibleSplit, keyTagOf, splitKey } from "../../../server/recovery/split.ts";
import { parseRecoveryShare, type RecoveryShare } from "../../../shared/recovery_share.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const SET = { setId: new Uint8Array(5), keyTag: new Uint8Array(4), kekVersion: 1 };

async function sharesOf(key: Uint8Array, threshold: number, total: number): Promise<RecoveryShare[]> {
  const texts = await splitKey(key, { ...SET, threshold, total });
  return texts.map((text) => {
    const parsed = parseRecoveryShare(text);
    assert.ok(parsed.ok);
    return parsed.share;
  });
}

/** All ways to take `count` of a list. */
function choose<T>(list: readonly T[], count: number): T[][] {
  const [head, ...rest] = list;
  if (count === 0) return [[]];
  if (head === undefined) return [];
  return [...choose(rest, count - 1).map((others) => [head, ...others]), ...choose(rest, count)];
}

Deno.test("splitKey numbers the shares and says of each how many are needed", async () => {
  const shares = await sharesOf(KEY, 3, 5);
  assert.deepEqual(shares.map(({ number, threshold, total }) => [number, threshold, total]), [
    [1, 3, 5],
    [2, 3, 5],
    [3, 3, 5],
    [4, 3, 5],
    [5, 3, 5],
  ]);
});

Deno.test("combineShares gives the key for any shares that are enough, in any order", async () => {
  const shares = await sharesOf(KEY, 3, 5);
  for (const some of choose(shares, 3)) {
    assert.deepEqual(await combineShares(some), KEY);
    assert.deepEqual(await combineShares(some.toReversed()), KEY);
  }
  assert.deepEqual(await combineShares(shares), KEY);
});

Deno.test("combineShares gives another key for too few", async () => {
  const shares = await sharesOf(KEY, 3, 5);
  for (const some of choose(shares, 2)) assert.notDeepEqual(await combineShares(some), KEY);
});

Deno.test("splitKey works for every size that may be asked for", async () => {
  const sizes = fc.tuple(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 2, max: 200 }));
  await fc.assert(
    fc.asyncProperty(sizes, async ([a, b]) => {
      const [threshold, total] = [Math.min(a, b), Math.max(a, b)];
      const shares = await sharesOf(KEY, threshold, total);
      assert.equal(new Set(shares.map(({ body }) => body[32])).size, total, "coordinates are distinct");
      assert.deepEqual(await combineShares(shares.slice(total - threshold)), KEY);
    }),
    { numRuns: 8 },
  );
});

Deno.test("B19: coefficients are drawn from all 256 values, zero too", async () => {
  const seen = new Set<number>();
  for (let round = 0; round < 400; round++) {
    const [first, second] = await sharesOf(new Uint8Array(32), 2, 2);
    assert.ok(first !== undefined && second !== undefined);
    // With a secret of zeros a share is coefficient times coordinate: zero only where the coefficient is.
    first.body.subarray(0, 32).forEach((y) => seen.add(y));
  }
  assert.equal(seen.size, 256);
});

Deno.test("splitKey leaves the caller's key as it is", async () => {
  const key = KEY.slice();
  await sharesOf(key, 2, 3);
  assert.deepEqual(key, KEY);
});

Deno.test("isPossibleSplit holds the bounds", () => {
  for (const [threshold, total] of [[2, 2], [2, 200], [200, 200], [3, 5]] as const) {
    assert.ok(isPossibleSplit(threshold, total));
  }
  for (const [threshold, total] of [[1, 5], [0, 0], [6, 5], [2, 201], [201, 201]] as const) {
    assert.ok(!isPossibleSplit(threshold, total));
  }
});

Deno.test("keyTagOf differs with the salt and with the version", () => {
  const salt = new Uint8Array(16);
  const other = new Uint8Array(16).fill(1);
  const tags = [keyTagOf(salt, 1), keyTagOf(salt, 2), keyTagOf(other, 1)].map((tag) => [...tag].join());
  assert.equal(new Set(tags).size, 3);
  assert.equal(keyTagOf(salt, 1).byteLength, 4);
});
