/**
 * Merkle trees as RFC 6962 (section 2.1) and RFC 9162 define them: roots, proofs that a leaf is in a tree, and proofs that
 * one tree is the beginning of another. Hashes are 32 bytes; a leaf is the hash of its data already.
 */

import { equalBytes, publicSha256, publicSha256Hex } from "../crypto/hash.ts";

export type Hash = Uint8Array;

const NODE_PREFIX = 0x01;
const HASH_BYTES = 32;

/** Used again for every node: nothing awaits between its filling and its hash. */
const node = Uint8Array.of(NODE_PREFIX, ...new Uint8Array(2 * HASH_BYTES));

const leftHalf = node.subarray(1, 1 + HASH_BYTES);
const rightHalf = node.subarray(1 + HASH_BYTES);

/** The root of the tree without leaves. */
export const EMPTY_ROOT: Hash = publicSha256(new Uint8Array());

/** The hash of a node over its two children. */
export function nodeHash(left: Hash, right: Hash): Hash {
  leftHalf.set(left);
  rightHalf.set(right);
  return publicSha256(node);
}

/** Gives the root of the leaves from `start` to `end`, which a tree of that shape has as a node. */
export type RangeRoot = (start: number, end: number) => Hash;

/** {@linkcode RangeRoot} over leaves that are at hand. */
export function rangeRootOf(leaves: readonly Hash[]): RangeRoot {
  const root: RangeRoot = (start, end) => {
    const single = leaves[start];
    if (end - start === 1 && single !== undefined) return single;
    if (end <= start) return EMPTY_ROOT;
    const middle = start + splitOf(end - start);
    return nodeHash(root(start, middle), root(middle, end));
  };
  return root;
}

/** The root over a power of two of leaves, all in hex: quick, for whoever checks many of them. @throws Error for another number */
export function perfectRootHex(leaves: readonly string[]): string {
  let level = leaves;
  while (level.length > 1) {
    const above: string[] = [];
    for (let at = 0; at + 1 < level.length; at += 2) above.push(nodeHashHex(level[at], level[at + 1]));
    level = above;
  }
  const [root] = level;
  if (root === undefined) throw new Error("a tree without leaves has no such root");
  return root;
}

function nodeHashHex(left = "", right = ""): string {
  leftHalf.setFromHex(left);
  rightHalf.setFromHex(right);
  return publicSha256Hex(node);
}

/** The largest power of two below a size above one: where RFC 6962 cuts a tree in two. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The path from a leaf to the root: RFC 6962, PATH. */
export function inclusionProof(root: RangeRoot, index: number, size: number): Hash[] {
  return path(root, index, 0, size);
}

function path(root: RangeRoot, index: number, start: number, end: number): Hash[] {
  if (end - start <= 1) return [];
  const middle = start + splitOf(end - start);
  return index < middle
    ? [...path(root, index, start, middle), root(middle, end)]
    : [...path(root, index, middle, end), root(start, middle)];
}

/** Whether the leaf is at that place of the tree with that root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (index >= size) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(hash, root);
}

/** RFC 6962, PROOF: that the tree of `first` leaves is the beginning of that of `second`. */
export function consistencyProof(root: RangeRoot, first: number, second: number): Hash[] {
  if (first === 0 || first === second) return [];
  return subproof(root, first, 0, second, true);
}

function subproof(root: RangeRoot, first: number, start: number, end: number, whole: boolean): Hash[] {
  if (first === end - start) return whole ? [] : [root(start, end)];
  const split = splitOf(end - start);
  const middle = start + split;
  return first <= split
    ? [...subproof(root, first, start, middle, whole), root(middle, end)]
    : [...subproof(root, first - split, middle, end, false), root(start, middle)];
}

/** Whether the second tree begins with the first (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(
  first: { readonly size: number; readonly root: Hash },
  second: { readonly size: number; readonly root: Hash },
  proof: readonly Hash[],
): boolean {
  if (first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && equalBytes(first.root, second.root);
  if (first.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : [...proof];
  const start = path.shift();
  if (start === undefined) return false;
  let [node, last] = [first.size - 1, second.size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let [old, fresh] = [start, start];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      [old, fresh] = [nodeHash(sibling, old), nodeHash(sibling, fresh)];
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else fresh = nodeHash(fresh, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(old, first.root) && equalBytes(fresh, second.root);
}

/** Numbers of rows may pass 32 bits: no bit operators. */
function half(value: number): number {
  return Math.floor(value / 2);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest > 1 && !isOdd(rest)) rest = half(rest);
  return rest === 1;
}
