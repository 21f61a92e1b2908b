/**
 * The two automata of a run. One knows the forms of a value as they are printed in one piece; the other those that programs
 * wrap over lines (base64, hex dumps) and ignores white space. Where a stream stands in them is a {@linkcode Position}, so
 * that any number of streams are read with the same automata.
 */

import { type Automaton, buildAutomaton } from "./automaton.ts";
import { isStarter } from "./spans.ts";
import { MIN_FORM_LENGTH, type Pattern } from "./patterns.ts";

/** What may stand between the bytes of a folding pattern. */
const BLANKS: readonly number[] = [0x09, 0x20];
const LINE_ENDS: readonly number[] = [0x0a, 0x0b, 0x0c, 0x0d];

const isSpace = Uint8Array.from(
  { length: 256 },
  (_, byte) => [...BLANKS, ...LINE_ENDS].includes(byte) ? 1 : 0,
);

/**
 * A line end ends what has read fewer bytes of a folding pattern: else every line that ends like one begins would be held
 * until the next line comes. Patterns without their first {@linkcode LINE_END_DEPTH} - 1 bytes find what is lost by it.
 */
const LINE_END_DEPTH = 4;

/** Which bytes of the output a reader does not see; absent where it sees all. */
export const SEEN = 0;
/** Decoded: this byte is not the one that was printed. */
export const DECODED = 1;
/** Part of what was decoded, or shows nothing. */
export const SKIPPED = 2;
export type Marks = Uint8Array | undefined;

/** Where a stream stands in both automata. */
export interface Position {
  whole: number;
  folding: number;
}

export interface Matchers {
  readonly whole: Matcher;
  readonly folding: Matcher;
  /** The rows of `whole`, but that every byte which a span begins with leads to {@linkcode SPAN_BEGINS}. */
  readonly rows: Int32Array;
  /** 1 for two bytes, the first times 256, that a form begins with, or whose second a span begins with. */
  readonly beginnings: Uint8Array;
}

/** No state: the reader has to look at what begins here before it reads on. */
export const SPAN_BEGINS = 2 ** 30;

export class Matcher {
  readonly automaton: Automaton;
  readonly patterns: readonly Pattern[];
  readonly #foldsSpace: boolean;

  /** Either all patterns fold space, or none does. */
  constructor(patterns: readonly Pattern[], foldsSpace: boolean) {
    this.patterns = patterns;
    this.#foldsSpace = foldsSpace;
    const bytes = patterns.map((pattern) => pattern.bytes);
    this.automaton = foldsSpace ? buildAutomaton(bytes, BLANKS, LINE_ENDS) : buildAutomaton(bytes);
  }

  /** The state after `byte`. */
  next(state: number, byte: number): number {
    const { dense, rows } = this.automaton;
    return state < dense ? rows[(state << 8) | byte] as number : this.advance(state, byte);
  }

  /** The same, beyond the states with rows. */
  advance(state: number, byte: number): number {
    if (!this.#foldsSpace || isSpace[byte] !== 1) return this.automaton.step(state, byte);
    const isShort = (this.automaton.depth[state] as number) < LINE_END_DEPTH;
    return isShort && LINE_ENDS.includes(byte) ? 0 : state;
  }

  /** How many bytes of a pattern are read. */
  depth(state: number): number {
    return this.automaton.depth[state] as number;
  }

  /** The pattern that ends in a state, or undefined. */
  patternAt(state: number): Pattern | undefined {
    return this.patterns[this.automaton.output[state] as number];
  }

  /** Index in `bytes` of the first of the `depth` bytes that were read before index `end`. */
  startOf(bytes: Uint8Array, marks: Marks, end: number, depth: number): number {
    let start = end;
    for (let left = depth; left > 0 && start > 0;) {
      start--;
      const skipped = marks?.[start] === SKIPPED ||
        (this.#foldsSpace && isSpace[bytes[start] as number] === 1);
      if (!skipped) left--;
    }
    return start;
  }
}

const SPAN_BEGINNINGS = Uint8Array.from({ length: 1 << 16 }, (_, pair) => isStarter[pair & 0xff] as number);

/** The automata for all values of a run. */
export function buildMatchers(patterns: readonly Pattern[]): Matchers {
  const whole = new Matcher(patterns.filter((pattern) => !pattern.foldsSpace), false);
  const folding = new Matcher(patterns.filter((pattern) => pattern.foldsSpace).flatMap(withTail), true);
  const beginnings = SPAN_BEGINNINGS.slice();
  for (const { bytes } of [...whole.patterns, ...folding.patterns]) {
    beginnings[((bytes[0] as number) << 8) | (bytes[1] as number)] = 1;
  }
  const rows = whole.automaton.rows.map((next, at) => isStarter[at & 0xff] === 1 ? SPAN_BEGINS : next);
  return { whole, folding, rows, beginnings };
}

/** A folding pattern, and what is left of it where a line ends among its first bytes. */
function withTail(pattern: Pattern): Pattern[] {
  const tail = pattern.bytes.subarray(LINE_END_DEPTH - 1);
  return tail.byteLength < MIN_FORM_LENGTH ? [pattern] : [pattern, { ...pattern, bytes: tail }];
}
