/** One automaton reading a stream, and the patterns behind its states. */

import { type Automaton, buildAutomaton } from "./automaton.ts";
import type { Pattern } from "./patterns.ts";

/** What may stand between the bytes of a folding pattern: blanks, tabs and line ends. */
const SPACE: readonly number[] = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20];

const isSpace = Uint8Array.from({ length: 256 }, (_, byte) => SPACE.includes(byte) ? 1 : 0);

export class Matcher {
  readonly automaton: Automaton;
  /** State between two chunks. */
  state = 0;
  readonly #patterns: readonly Pattern[];
  readonly #foldsSpace: boolean;

  /** Either all patterns fold space, or none does. */
  constructor(patterns: readonly Pattern[], foldsSpace: boolean) {
    this.#patterns = patterns;
    this.#foldsSpace = foldsSpace;
    this.automaton = buildAutomaton(patterns.map((pattern) => pattern.bytes), foldsSpace ? SPACE : []);
  }

  /** One step beyond the states with rows. */
  advance(state: number, byte: number): number {
    return this.#foldsSpace && isSpace[byte] === 1 ? state : this.automaton.step(state, byte);
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
