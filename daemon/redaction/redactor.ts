/**
 * Replaces values in a stream of bytes by `[redacted:NAME]` while it flows. A value split over any number of chunks is
 * found; a byte is held back only while it is part of what may still become a value, and no timer ever lets it go.
 *
 * The output is read in several ways: as it is, without colours, and with each kind of escapes undone. Only the first costs
 * anything while there are neither.
 */

import { utf8 } from "../../shared/encoding.ts";
import { type Matcher, type Matchers, type Position, SPAN_BEGINS } from "./matcher.ts";
import { isStarter, WAYS } from "./spans.ts";
import { type OnFound, View } from "./view.ts";

/** Told of every replacement: the value's name. */
export type OnHit = (name: string) => void;

/** A value among the bytes at hand, from `start` to before `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * What so few bytes begin is shown while the rest has not come: nearly every letter begins some form of some value, and a
 * prompt, or a letter that was just typed, would miss its end. When a value does follow, they are all that is seen of it.
 */
const SHOWN_DEPTH = 2;

/** More is not kept for a value that colours or empty lines stretch. */
const MAX_KEPT = 256 * 1024;

const EMPTY = new Uint8Array(0);

export class Redactor {
  readonly #matchers: Matchers;
  readonly #onHit: OnHit;
  readonly #position: Position = { whole: 0, folding: 0 };
  readonly #found: OnFound;
  readonly #views: readonly View[];
  /** The last bytes of what was read, as far as a value may have begun in them. */
  #kept: Uint8Array = EMPTY;
  /** How many of them were shown. */
  #shown = 0;
  /** How many bytes of the stream stand before the kept ones. */
  #base = 0;
  #ranges: readonly Range[] = [];

  /** `onFound` is told of each value as soon as its last byte is read, by bytes of the stream. */
  constructor(matchers: Matchers, onHit: OnHit = () => {}, onFound: OnFound = () => {}) {
    this.#matchers = matchers;
    this.#onHit = onHit;
    const found: OnFound = (start, end, name) => {
      this.#ranges = merge(this.#ranges, { start, end, name });
      onFound(this.#base + start, this.#base + end, name);
    };
    this.#found = found;
    this.#views = WAYS.map((spanAt) => new View(matchers, spanAt, found));
  }

  /** The last bytes of the stream, as far as a value may have begun in them, and where in the stream they stand. */
  get kept(): { readonly bytes: Uint8Array; readonly at: number } {
    return { bytes: this.#kept, at: this.#base };
  }

  /** What somebody else has found in the stream, from byte `start` of it to before `end`. Goes for what was not shown yet. */
  cover(start: number, end: number, name: string): void {
    const range = { start: Math.max(0, start - this.#base), end: end - this.#base, name };
    if (range.end > this.#shown) this.#ranges = merge(this.#ranges, range);
  }

  /**
   * Takes the next bytes and gives back what may be shown: the chunk itself where nothing is held or replaced. From the byte
   * `holdFrom` of the stream nothing is shown.
   */
  push(chunk: Uint8Array, holdFrom = Infinity): Uint8Array {
    const from = this.#kept.byteLength;
    const bytes = from === 0 ? chunk : join(this.#kept, chunk);
    this.#read(bytes, from);
    const { keepFrom, showTo } = this.#limits(bytes);
    const hold = Math.max(0, holdFrom - this.#base);
    return this.#release(bytes, Math.min(keepFrom, hold), Math.min(showTo, hold));
  }

  /** The stream has ended: what is still held cannot become a value any more. */
  end(): Uint8Array {
    const { length } = this.#kept;
    return this.#release(this.#kept, length, length);
  }

  #read(bytes: Uint8Array, from: number): void {
    for (const view of this.#views) view.load(bytes);
    for (let at = this.#scan(bytes, from); at < bytes.length; at = this.#scan(bytes, at + 1)) {
      for (const view of this.#views) view.wake(at, this.#position);
      this.#pass(bytes, at);
    }
  }

  /**
   * The hot loop of all output: two bytes that begin no form are passed over, others are read by both automata side by side.
   * Gives the place where a span may begin.
   */
  #scan(bytes: Uint8Array, from: number): number {
    const { rows, beginnings } = this.#matchers;
    const { dense, shallow, rows: wholeRows } = this.#matchers.whole.automaton;
    const { dense: foldingDense, shallow: foldingShallow, rows: foldingRows } =
      this.#matchers.folding.automaton;
    let { whole, folding } = this.#position;
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      const next = whole < dense ? rows[(whole << 8) | byte] as number : this.#deepStep(whole, bytes, at);
      if (next === SPAN_BEGINS) break;
      whole = next;
      folding = folding < foldingDense
        ? foldingRows[(folding << 8) | byte] as number
        : this.#step(this.#matchers.folding, folding, bytes, at);
      at++;
      if (whole >= shallow || folding >= foldingShallow) continue;
      let last = byte;
      for (; at < bytes.length; at++) {
        const following = bytes[at] as number;
        if (beginnings[(last << 8) | following] === 1) break;
        last = following;
      }
      whole = wholeRows[last] as number;
      folding = foldingRows[last] as number;
    }
    this.#position.whole = whole;
    this.#position.folding = folding;
    return at;
  }

  #deepStep(state: number, bytes: Uint8Array, at: number): number {
    if (isStarter[bytes[at] as number] === 1) return SPAN_BEGINS;
    return this.#step(this.#matchers.whole, state, bytes, at);
  }

  /** Reads the byte that a span begins with as what it is. */
  #pass(bytes: Uint8Array, at: number): void {
    this.#position.whole = this.#step(this.#matchers.whole, this.#position.whole, bytes, at);
    this.#position.folding = this.#step(this.#matchers.folding, this.#position.folding, bytes, at);
  }

  /**
   * A step in the tail of a form, where one may end. A step that stays is white space inside a folding form: what ended
   * there was seen before. (A form of one repeated byte would stay too; `isRedactable` lets none in.)
   */
  #step(matcher: Matcher, state: number, bytes: Uint8Array, at: number): number {
    const next = matcher.next(state, bytes[at] as number);
    const pattern = next === state ? undefined : matcher.patternAt(next);
    if (pattern !== undefined) {
      const start = matcher.startOf(bytes, undefined, at + 1, pattern.bytes.byteLength);
      this.#found(start, at + 1, pattern.name);
    }
    return next;
  }

  /** From where bytes are kept because a value may have begun there, and to where they are shown all the same. */
  #limits(bytes: Uint8Array): { readonly keepFrom: number; readonly showTo: number } {
    let [keepFrom, showTo] = [bytes.length, bytes.length];
    const open = (start: number, depth: number) => {
      keepFrom = Math.min(keepFrom, start);
      if (depth > SHOWN_DEPTH) showTo = Math.min(showTo, start);
    };
    const { whole, folding } = this.#matchers;
    for (
      const [matcher, state] of [[whole, this.#position.whole], [folding, this.#position.folding]] as const
    ) {
      const depth = matcher.depth(state);
      if (depth > 0) open(matcher.startOf(bytes, undefined, bytes.length, depth), depth);
    }
    for (const view of this.#views) open(view.openSince(), view.depth);
    if (bytes.length - keepFrom <= MAX_KEPT) return { keepFrom, showTo };
    this.#forget();
    return { keepFrom: bytes.length, showTo: bytes.length };
  }

  #forget(): void {
    this.#position.whole = 0;
    this.#position.folding = 0;
    for (const view of this.#views) view.reset();
  }

  /** Shows what stands before `limit`, values replaced; a value that reaches beyond it is held as a whole. */
  #release(bytes: Uint8Array, keepFrom: number, limit: number): Uint8Array {
    const done = this.#ranges.filter(({ end }) => end <= limit);
    const open = this.#ranges.filter(({ end }) => end > limit);
    const showTo = Math.max(this.#shown, Math.min(limit, open[0]?.start ?? limit));
    const isAll = done.length === 0 && this.#shown === 0 && showTo === bytes.length;
    const shown = isAll ? bytes : replace(bytes, done, this.#shown, showTo);
    for (const { name } of done) this.#onHit(name);
    const cut = Math.min(keepFrom, showTo);
    this.#ranges = open.map(({ start, end, name }) => ({ start: start - cut, end: end - cut, name }));
    this.#base += cut;
    this.#shown = showTo - cut;
    this.#kept = cut === bytes.length ? EMPTY : bytes.slice(cut);
    for (const view of this.#views) view.drop(cut);
    return shown;
  }
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

/** The bytes from `start` to before `end` with a mark in the place of each range. */
function replace(bytes: Uint8Array, ranges: readonly Range[], start: number, end: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = start;
  for (const range of ranges) {
    parts.push(bytes.subarray(at, Math.max(at, range.start)), utf8(`[redacted:${range.name}]`));
    at = Math.max(at, range.end);
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
