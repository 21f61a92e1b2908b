import assert from "node:assert/strict";
import fc from "fast-check";
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  perfectRootHex,
  rangeRootOf,
  verifyConsistency,
  verifyInclusion,
} from "../../../shared/audit/merkle.ts";
import { sha256 } from "../../../shared/crypto/hash.ts";

/** Leaves of the test vectors that Certificate Transparency implementations share. */
const INPUTS = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const leafOf = (hex: string) => sha256(Uint8Array.fromHex(`00${hex}`));
const leaves = (count: number) => Array.from({ length: count }, (_, index) => sha256(`leaf ${index}`));

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  // Not `slice`: a Buffer would give a view of itself.
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

Deno.test("roots are those of RFC 6962 for the known vectors", () => {
  assert.equal(EMPTY_ROOT.toHex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const root = rangeRootOf(INPUTS.map(leafOf));
  ROOTS.forEach((expected, index) => assert.equal(root(0, index + 1).toHex(), expected));
});

Deno.test("perfectRootHex is the root of a power of two of leaves", () => {
  for (const size of [1, 2, 4, 64, 256]) {
    const hex = leaves(size).map((leaf) => leaf.toHex());
    assert.equal(perfectRootHex(hex), rangeRootOf(leaves(size))(0, size).toHex());
  }
});

Deno.test("an inclusion proof convinces of its leaf, place, size and root, and of nothing else", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, pick, byte) => {
    const all = leaves(size);
    const roots = rangeRootOf(all);
    const index = pick % size;
    const leaf = all[index] ?? EMPTY_ROOT;
    const proof = inclusionProof(roots, index, size);
    const root = roots(0, size);
    assert.ok(verifyInclusion(leaf, index, size, proof, root));
    assert.ok(!verifyInclusion(flipped(leaf, byte % 32), index, size, proof, root));
    assert.ok(!verifyInclusion(leaf, index, size, proof, flipped(root, byte % 32)));
    assert.ok(!verifyInclusion(leaf, index, size, [...proof, leaf], root));
    if (size > 1) assert.ok(!verifyInclusion(leaf, (index + 1) % size, size, proof, root));
    proof.forEach((hash, at) =>
      assert.ok(!verifyInclusion(leaf, index, size, proof.with(at, flipped(hash, byte % 32)), root))
    );
  }));
});

Deno.test("a consistency proof convinces of the beginning that it is of, and of no other", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, pick, byte) => {
    const roots = rangeRootOf(leaves(size));
    const before = pick % (size + 1);
    const proof = consistencyProof(roots, before, size);
    const first = { size: before, root: roots(0, before) };
    const second = { size, root: roots(0, size) };
    assert.ok(verifyConsistency(first, second, proof));
    if (before === 0) return;
    assert.ok(!verifyConsistency({ ...first, root: flipped(first.root, byte % 32) }, second, proof));
    assert.ok(!verifyConsistency(first, { ...second, root: flipped(second.root, byte % 32) }, proof));
    assert.ok(!verifyConsistency(second, { size: before - 1, root: roots(0, before - 1) }, proof));
    proof.forEach((hash, at) =>
      assert.ok(!verifyConsistency(first, second, proof.with(at, flipped(hash, byte % 32))))
    );
  }));
});
