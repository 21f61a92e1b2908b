/**
 * The automaton of Aho and Corasick ("Efficient string matching", 1975) over bytes. Its state is always the longest
 * end of what was read that begins a pattern: that is what a stream holds back, and no byte more.
 *
 * States are numbered by depth. The first {@linkcode Automaton.dense} of them, where ordinary output lives, have a full
 * row of 256 transitions; the tails of patterns have one edge each and a failure link, so that fifty values in all their
 * forms fit in a few megabytes.
 */

export interface Automaton {
  /** How many states have a row; the row of state `s` starts at `s * 256`. No pattern ends in any of them. */
  readonly dense: number;
  readonly rows: Int32Array;
  /** States below have read one byte of a pattern or none: which of them it is, the last byte alone says. */
  readonly shallow: number;
  /** Depth of each state: how many bytes of a pattern are read. */
  readonly depth: Int32Array;
  /** Number of the longest pattern that ends in each state, or -1. */
  readonly output: Int32Array;
  /** Length of the longest pattern. */
  readonly longest: number;
  /** The state after `byte` in any state; state 0 is the root. */
  step(state: number, byte: number): number;
}

/** States up to this depth have rows: they are few, and all but a few bytes of ordinary output stay in them. */
const DENSE_DEPTH = 2;

/** The patterns as a tree; nodes are numbered as they come. */
class Trie {
  readonly depth: number[] = [0];
  readonly byte: number[] = [0];
  readonly firstChild: number[] = [-1];
  readonly sibling: number[] = [-1];
  readonly output: number[] = [-1];

  add(pattern: Uint8Array, tag: number): void {
    let node = 0;
    for (const byte of pattern) {
      const child = this.#child(node, byte);
      node = child === -1 ? this.#grow(node, byte) : child;
    }
    if (this.output[node] === -1) this.output[node] = tag;
  }

  #child(node: number, byte: number): number {
    let child = this.firstChild[node] ?? -1;
    while (child !== -1 && this.byte[child] !== byte) child = this.sibling[child] ?? -1;
    return child;
  }

  #grow(node: number, byte: number): number {
    const child = this.depth.length;
    this.depth.push((this.depth[node] ?? 0) + 1);
    this.byte.push(byte);
    this.firstChild.push(-1);
    this.sibling.push(this.firstChild[node] ?? -1);
    this.output.push(-1);
    this.firstChild[node] = child;
    return child;
  }
}

/**
 * Builds the automaton of `patterns`; the number of a match is the pattern's index. Bytes in `ignored` leave the states with
 * rows as they are, once two bytes of a pattern are read, and bytes in `breaking` lead from them to the root; what they do in
 * other states is the caller's to say.
 */
export function buildAutomaton(
  patterns: readonly Uint8Array[],
  ignored: readonly number[] = [],
  breaking: readonly number[] = [],
): Automaton {
  const trie = new Trie();
  patterns.forEach((pattern, tag) => trie.add(pattern, tag));
  const tables = byDepth(trie);
  for (let state = 0; state < tables.depth.length; state++) link(tables, state);
  for (let state = 0; state < tables.dense; state++) {
    for (const byte of ignored) tables.rows[state * 256 + byte] = state < tables.shallow ? 0 : state;
    for (const byte of breaking) tables.rows[state * 256 + byte] = 0;
  }
  return {
    ...tables,
    longest: patterns.reduce((most, { length }) => Math.max(most, length), 0),
    step: (state, byte) => walk(tables, state, byte),
  };
}

interface Tables {
  readonly dense: number;
  readonly shallow: number;
  readonly rows: Int32Array;
  readonly depth: Int32Array;
  readonly output: Int32Array;
  /** Children of a state stand side by side: the first, and how many. */
  readonly firstChild: Int32Array;
  readonly children: Int32Array;
  /** The byte on the edge into a state. */
  readonly byte: Uint8Array;
  readonly fail: Int32Array;
}

/** Renumbers the trie breadth first. */
function byDepth(trie: Trie): Tables {
  const count = trie.depth.length;
  const order = new Int32Array(count);
  const firstChild = new Int32Array(count);
  const children = new Int32Array(count);
  let length = 1;
  for (let state = 0; state < count; state++) {
    firstChild[state] = length;
    const first = trie.firstChild[order[state] as number] as number;
    for (let child = first; child !== -1; child = trie.sibling[child] as number) order[length++] = child;
    children[state] = length - (firstChild[state] as number);
  }
  const depth = order.map((node) => trie.depth[node] as number);
  const deeper = depth.findIndex((value) => value > DENSE_DEPTH);
  const dense = deeper === -1 ? count : deeper;
  const second = depth.findIndex((value) => value > 1);
  return {
    dense,
    shallow: second === -1 ? count : second,
    rows: new Int32Array(dense * 256),
    depth,
    output: order.map((node) => trie.output[node] as number),
    firstChild,
    children,
    byte: Uint8Array.from(order, (node) => trie.byte[node] as number),
    fail: new Int32Array(count),
  };
}

/** Completes one state from states nearer to the root: its output, its row, its children's failure links. */
function link(tables: Tables, state: number): void {
  const { fail, output, rows, dense, firstChild, children, byte } = tables;
  const failure = fail[state] as number;
  if (output[state] === -1) output[state] = output[failure] as number;
  if (state > 0 && state < dense) rows.copyWithin(state * 256, failure * 256, failure * 256 + 256);
  const first = firstChild[state] as number;
  for (let child = first; child < first + (children[state] as number); child++) {
    const edge = byte[child] as number;
    fail[child] = state === 0 ? 0 : walk(tables, failure, edge);
    if (state < dense) rows[state * 256 + edge] = child;
  }
}

/** One transition, by rows, edges and failure links. */
function walk(tables: Tables, from: number, byte: number): number {
  const { dense, rows, firstChild, children, byte: edge, fail } = tables;
  let state = from;
  while (state >= dense) {
    const first = firstChild[state] as number;
    const end = first + (children[state] as number);
    for (let child = first; child < end; child++) if (edge[child] === byte) return child;
    state = fail[state] as number;
  }
  return rows[(state << 8) | byte] as number;
}
