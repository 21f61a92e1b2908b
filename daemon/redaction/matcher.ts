/** One automaton reading a stream, and the patterns behind its states. */

import { type Automaton, buildAutomaton } from "./automaton.ts";
import type { Pattern } from "./patterns.ts";

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
export const LINE_END_DEPTH = 4;

export class Matcher {
  readonly automaton: Automaton;
  /** State between two chunks. */
  state = 0;
  readonly #patterns: readonly Pattern[];
  readonly #foldsSpace: boolean;

  /** Either all patterns fold space, or none does. `automaton` is that of the same patterns, where there is one. */
  constructor(patterns: readonly Pattern[], foldsSpace: boolean, automaton?: Automaton) {
    this.#patterns = patterns;
    this.#foldsSpace = foldsSpace;
    this.automaton = automaton ?? build(patterns, foldsSpace);
  }

  /** Reads another stream for the same patterns. */
  fork(): Matcher {
    return new Matcher(this.#patterns, this.#foldsSpace, this.automaton);
  }

  /** One step beyond the states with rows. */
  advance(state: number, byte: number): number {
    if (!this.#foldsSpace || isSpace[byte] !== 1) return this.automaton.step(state, byte);
    const isShort = (this.automaton.depth[state] as number) < LINE_END_DEPTH;
    return isShort && LINE_ENDS.includes(byte) ? 0 : state;
  }

  /** The pattern that ends in a state, or undefined. */
  patternAt(state: number): Pattern | undefined {
    return this.#patterns[this.automaton.output[state] as number];
  }

  /** Index in `bytes` of the first of the `depth` bytes that were read before index `end`. */
  startOf(bytes: Uint8Array, hidden: Uint8Array | undefined, end: number, depth: number): number {
    let start = end;
    for (let left = depth; left > 0 && start > 0;) {
      start--;
      const skipped = hidden?.[start] === 1 || (this.#foldsSpace && isSpace[bytes[start] as number] === 1);
      if (!skipped) left--;
    }
    return start;
  }
}

function build(patterns: readonly Pattern[], foldsSpace: boolean): Automaton {
  const bytes = patterns.map((pattern) => pattern.bytes);
  return foldsSpace ? buildAutomaton(bytes, BLANKS, LINE_ENDS) : buildAutomaton(bytes);
}
