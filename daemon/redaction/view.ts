/**
 * The output with colours taken away or escapes undone, read by the same automata. A view sleeps while it shows the same as
 * the output itself: it wakes at a span, where it takes over the position of the plain reading, and sleeps again once what it
 * has read of a pattern lies behind the span. So ordinary output costs it one search for the bytes that spans begin with.
 */

import { DECODED, type Matcher, type Matchers, type Position, SEEN, SKIPPED } from "./matcher.ts";
import type { FindSpans, Span } from "./spans.ts";

/** Told of a value: where it begins and ends, and its name. */
export type OnFound = (start: number, end: number, name: string) => void;

const EMPTY = new Uint8Array(0);

export class View {
  readonly #matchers: Matchers;
  readonly #find: FindSpans;
  readonly #found: OnFound;
  #bytes: Uint8Array = EMPTY;
  #marks: Uint8Array = EMPTY;
  #spans: readonly Span[] = [];
  /** The first span that may not have been read. */
  #next = 0;
  #unfinished: number | undefined;
  /** Undefined while it sleeps. */
  #position: Position | undefined;
  /** Index of the next byte to read. */
  #at = 0;
  /** How many plain bytes were read since the last span. */
  #since = 0;

  constructor(matchers: Matchers, find: FindSpans, found: OnFound) {
    this.#matchers = matchers;
    this.#find = find;
    this.#found = found;
  }

  /** Takes `bytes`, of which those from `from` on are new, and reads on where it is awake. */
  load(bytes: Uint8Array, from: number): void {
    const { spans, unfinished } = this.#find(bytes, this.#unfinished ?? from);
    this.#spans = spans;
    this.#next = 0;
    this.#unfinished = unfinished;
    if (this.#position === undefined) this.#at = from;
    if (this.#position === undefined && spans.length === 0 && unfinished === undefined) return;
    this.#overlay(bytes);
    this.#run();
  }

  /** Where it has to be woken next, or Infinity. */
  wakesAt(): number {
    if (this.#position !== undefined) return Infinity;
    while ((this.#spans[this.#next]?.start ?? Infinity) < this.#at) this.#next++;
    return this.#spans[this.#next]?.start ?? this.#unfinished ?? Infinity;
  }

  /** Reads on from where the plain reading stands. */
  wake(at: number, { whole, folding }: Position): void {
    this.#position = { whole, folding };
    this.#at = at;
    this.#since = 0;
    this.#run();
  }

  /** How many bytes of a pattern are read, at most. */
  get depth(): number {
    if (this.#position === undefined) return 0;
    const { whole, folding } = this.#matchers;
    const depth = Math.max(whole.depth(this.#position.whole), folding.depth(this.#position.folding));
    return this.#unfinished === undefined ? depth : depth + 1;
  }

  /** Where that began which may become a value, or Infinity. */
  openSince(): number {
    if (this.#position === undefined) return Infinity;
    const { whole, folding } = this.#matchers;
    const starts = [
      this.#startOf(whole, this.#position.whole),
      this.#startOf(folding, this.#position.folding),
    ];
    return Math.min(this.#unfinished ?? Infinity, ...starts);
  }

  /** The first `cut` bytes are gone. */
  drop(cut: number): void {
    this.#at -= cut;
    if (this.#unfinished !== undefined) this.#unfinished -= cut;
    const isAwake = this.#position !== undefined;
    this.#bytes = isAwake ? this.#bytes.slice(cut) : EMPTY;
    this.#marks = isAwake ? this.#marks.slice(cut) : EMPTY;
  }

  /** Forgets what it has read. */
  reset(): void {
    this.#position = undefined;
    this.#unfinished = undefined;
  }

  #overlay(bytes: Uint8Array): void {
    const [read, marks] = [this.#bytes, this.#marks];
    this.#bytes = bytes.slice();
    this.#bytes.set(read.subarray(0, this.#at));
    this.#marks = new Uint8Array(bytes.length);
    this.#marks.set(marks.subarray(0, this.#at));
    for (const { start, end, bytes: decoded } of this.#spans) {
      this.#marks.fill(SKIPPED, start, end - decoded.length);
      this.#marks.fill(DECODED, end - decoded.length, end);
      this.#bytes.set(decoded, end - decoded.length);
    }
  }

  #run(): void {
    const end = this.#unfinished ?? this.#bytes.length;
    while (this.#position !== undefined && this.#at < end) this.#read(this.#position, this.#at++);
  }

  #read(position: Position, at: number): void {
    const mark = this.#marks[at];
    if (mark !== SEEN) this.#since = 0;
    if (mark === SKIPPED) return;
    const byte = this.#bytes[at] as number;
    position.whole = this.#step(this.#matchers.whole, position.whole, byte, at);
    position.folding = this.#step(this.#matchers.folding, position.folding, byte, at);
    if (mark === SEEN && byte > SPACE) this.#since++;
    const { whole, folding } = this.#matchers;
    if (whole.depth(position.whole) > this.#since || folding.depth(position.folding) > this.#since) return;
    if (this.#marks[at + 1] !== DECODED) this.#position = undefined;
  }

  #step(matcher: Matcher, state: number, byte: number, at: number): number {
    const next = matcher.next(state, byte);
    const pattern = next === state ? undefined : matcher.patternAt(next);
    if (pattern !== undefined) {
      const depth = pattern.bytes.byteLength;
      this.#found(this.#beginning(matcher, at + 1, depth), at + 1, pattern.name);
    }
    return next;
  }

  #startOf(matcher: Matcher, state: number): number {
    const depth = matcher.depth(state);
    return depth === 0 ? Infinity : this.#beginning(matcher, this.#at, depth);
  }

  /** With the whole of the escape that its first byte comes from. */
  #beginning(matcher: Matcher, end: number, depth: number): number {
    let start = matcher.startOf(this.#bytes, this.#marks, end, depth);
    if (this.#marks[start] === DECODED) { while (start > 0 && this.#marks[start - 1] === SKIPPED) start--; }
    return start;
  }
}

/** White space is none of what a folding pattern has read. */
const SPACE = 0x20;
