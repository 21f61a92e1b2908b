/**
 * Replaces values in a stream of bytes by `[redacted:NAME]` while it flows. A value split over any number of chunks is
 * found; a byte is held back only while it is part of what may still become a value, and no timer ever lets it go.
 *
 * Two automata read along. One knows the forms of a value as they are printed in one piece; the other those that programs
 * wrap over lines (base64, hex dumps) and ignores white space. Neither sees terminal control sequences, so that a colour
 * change inside a value does not hide it.
 */

import { utf8 } from "../../shared/encoding.ts";
import { ControlSequences } from "./control_sequences.ts";
import { LINE_END_DEPTH, Matcher } from "./matcher.ts";
import { MIN_FORM_LENGTH, type Pattern } from "./patterns.ts";

/** Told of every replacement: the value's name. */
export type OnHit = (name: string) => void;

/** A value among the held bytes, from `start` to before `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

const EMPTY = new Uint8Array(0);

export class Redactor {
  readonly #onHit: OnHit;
  readonly #whole: Matcher;
  readonly #folding: Matcher;
  readonly #sequences = new ControlSequences();
  /** Bytes read but not yet let go: an unfinished form, and values before it. */
  #held: Uint8Array = EMPTY;
  /** 1 where a held byte belongs to a control sequence; undefined where none does. */
  #hidden: Uint8Array | undefined;
  #ranges: readonly Range[] = [];

  constructor(patterns: readonly Pattern[], onHit: OnHit = () => {}, matchers = matchersOf(patterns)) {
    this.#whole = matchers.whole;
    this.#folding = matchers.folding;
    this.#onHit = onHit;
  }

  /** Reads another stream for the same patterns; the automata are built once for both. */
  fork(onHit: OnHit): Redactor {
    return new Redactor([], onHit, { whole: this.#whole.fork(), folding: this.#folding.fork() });
  }

  /** Takes the next bytes and gives back what may be shown: the chunk itself where nothing is held or replaced. */
  push(chunk: Uint8Array): Uint8Array {
    const from = this.#held.byteLength;
    const bytes = from === 0 ? chunk : join(this.#held, chunk);
    this.#hidden = this.#sequences.mark(chunk, this.#hidden, from);
    this.#scan(bytes, from);
    const safeEnd = Math.min(this.#openSince(this.#whole, bytes), this.#openSince(this.#folding, bytes));
    return this.#release(bytes, safeEnd);
  }

  /** The stream has ended: what is still held cannot become a value any more. */
  end(): Uint8Array {
    return this.#release(this.#held, this.#held.byteLength);
  }

  /** The hot loop of all output: both automata side by side, in local variables and typed arrays. */
  #scan(bytes: Uint8Array, from: number): void {
    const { rows: wholeRows, dense: wholeDense } = this.#whole.automaton;
    const { rows: foldingRows, dense: foldingDense } = this.#folding.automaton;
    const hidden = this.#hidden;
    let whole = this.#whole.state;
    let folding = this.#folding.state;
    for (let at = from; at < bytes.length; at++) {
      if (hidden !== undefined && hidden[at] === 1) continue;
      const byte = bytes[at] as number;
      whole = whole < wholeDense
        ? wholeRows[(whole << 8) | byte] as number
        : this.#step(this.#whole, whole, bytes, at);
      folding = folding < foldingDense
        ? foldingRows[(folding << 8) | byte] as number
        : this.#step(this.#folding, folding, bytes, at);
    }
    this.#whole.state = whole;
    this.#folding.state = folding;
  }

  /**
   * A step in the tail of a form, where one may end. A step that stays is white space inside a folding form: what ended
   * there was seen before. (A form of one repeated byte would stay too; `isDistinctive` lets none in.)
   */
  #step(matcher: Matcher, state: number, bytes: Uint8Array, at: number): number {
    const next = matcher.advance(state, bytes[at] as number);
    const pattern = next === state ? undefined : matcher.patternAt(next);
    if (pattern !== undefined) {
      const start = matcher.startOf(bytes, this.#hidden, at + 1, pattern.bytes.byteLength);
      this.#ranges = merge(this.#ranges, { start, end: at + 1, name: pattern.name });
    }
    return next;
  }

  /** Where the form began that may be going on, or the end. */
  #openSince(matcher: Matcher, bytes: Uint8Array): number {
    const depth = matcher.automaton.depth[matcher.state] as number;
    return depth === 0 ? bytes.length : matcher.startOf(bytes, this.#hidden, bytes.length, depth);
  }

  /** Lets go of what stands before `limit`, values replaced; a value that reaches beyond it is held as a whole. */
  #release(bytes: Uint8Array, limit: number): Uint8Array {
    const done = this.#ranges.filter(({ end }) => end <= limit);
    const open = this.#ranges.filter(({ end }) => end > limit);
    const cut = Math.min(limit, open[0]?.start ?? limit);
    const shown = done.length === 0 && cut === bytes.length ? bytes : replace(bytes, done, cut);
    for (const { name } of done) this.#onHit(name);
    this.#ranges = open.map(({ start, end, name }) => ({ start: start - cut, end: end - cut, name }));
    this.#hidden = this.#hidden?.includes(1) ? this.#hidden.slice(cut) : undefined;
    this.#held = cut === bytes.length ? EMPTY : bytes.slice(cut);
    return shown;
  }
}

function matchersOf(patterns: readonly Pattern[]): { readonly whole: Matcher; readonly folding: Matcher } {
  return {
    whole: new Matcher(patterns.filter((pattern) => !pattern.foldsSpace), false),
    folding: new Matcher(patterns.filter((pattern) => pattern.foldsSpace).flatMap(withTail), true),
  };
}

/** A folding pattern, and what is left of it where a line ends among its first bytes. */
function withTail(pattern: Pattern): Pattern[] {
  const tail = pattern.bytes.subarray(LINE_END_DEPTH - 1);
  return tail.byteLength < MIN_FORM_LENGTH ? [pattern] : [pattern, { ...pattern, bytes: tail }];
}

/** Adds a range; with those that it overlaps it becomes one, and so do the pieces of one long value. */
function merge(ranges: readonly Range[], found: Range): Range[] {
  const overlaps = ({ start, end, name }: Range) =>
    start < found.end && found.start < end ||
    name === found.name && (end === found.start || start === found.end);
  const joined = ranges.filter(overlaps).reduce((one, other) => ({
    start: Math.min(one.start, other.start),
    end: Math.max(one.end, other.end),
    name: other.start <= one.start ? other.name : one.name,
  }), found);
  return [...ranges.filter((range) => !overlaps(range)), joined].toSorted((left, right) =>
    left.start - right.start
  );
}

/** The bytes before `end` with a mark in the place of each range. */
function replace(bytes: Uint8Array, ranges: readonly Range[], end: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const range of ranges) {
    parts.push(bytes.subarray(at, range.start), utf8(`[redacted:${range.name}]`));
    at = range.end;
  }
  return join(...parts, bytes.subarray(at, end));
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
