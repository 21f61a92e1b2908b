import assert from "node:assert/strict";
import { DekCache } from "../../../server/vault/dek_cache.ts";
import type { Place } from "../../../server/vault/associated_data.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";

const place = (id: string): Place => ({ table: "secrets", id, namespace: "default" });
const bytes = (value: number, length: number) => new Uint8Array(length).fill(value);

/** A cache and how often it asked for an unwrapping. */
function makeCache(slots?: number) {
  const cache = new DekCache(heapKeyStorage, slots);
  let unwrapped = 0;
  const use = (id: string, value: number, wrapped = bytes(value, 65)) =>
    cache.use(place(id), wrapped, () => {
      unwrapped++;
      return bytes(value, 32);
    }, (dek) => [...new Set(dek)]);
  return { cache, use, count: () => unwrapped };
}

Deno.test("DekCache unwraps a row's key once and lends it after that", () => {
  const { use, count } = makeCache();
  assert.deepEqual([use("a", 1), use("a", 1), use("b", 2), use("a", 1)], [[1], [1], [2], [1]]);
  assert.equal(count(), 2);
});

Deno.test("DekCache lends no key for another wrapping of the same row", () => {
  const { use, count } = makeCache();
  use("a", 1);
  assert.deepEqual(use("a", 3), [3]);
  assert.deepEqual(use("a", 3), [3]);
  assert.equal(count(), 2);
});

Deno.test("DekCache tells rows of other tables and namespaces apart", () => {
  const cache = new DekCache(heapKeyStorage);
  const wrapped = bytes(9, 65);
  const lend = (at: Place, value: number) => cache.use(at, wrapped, () => bytes(value, 32), (dek) => dek[0]);
  assert.equal(lend({ table: "secrets", id: "a", namespace: "x" }, 1), 1);
  assert.equal(lend({ table: "secrets", id: "a", namespace: "y" }, 2), 2);
  assert.equal(lend({ table: "server_keys", id: "a", namespace: "x" }, 3), 3);
});

Deno.test("DekCache keeps no more than its slots and lends the right key after pushing others out", () => {
  const { use, count } = makeCache(2);
  for (const [id, value] of [["a", 1], ["b", 2], ["c", 3], ["b", 2], ["a", 1], ["c", 3]] as const) {
    assert.deepEqual(use(id, value), [value]);
  }
  assert.equal(count(), 4);
});

Deno.test("DekCache keeps nothing of a row that does not unwrap", () => {
  const cache = new DekCache(heapKeyStorage);
  const lend = (dek: Uint8Array | undefined) =>
    cache.use(place("a"), bytes(1, 65), () => dek, () => "opened");
  assert.equal(lend(undefined), undefined);
  assert.equal(lend(bytes(1, 32)), "opened");
});

Deno.test("DekCache.clear forgets and overwrites; after wipe nothing is lent", () => {
  const { cache, use, count } = makeCache();
  use("a", 1);
  cache.clear();
  assert.deepEqual(use("a", 1), [1]);
  assert.equal(count(), 2);
  cache.wipe();
  assert.throws(() => use("a", 1));
});
