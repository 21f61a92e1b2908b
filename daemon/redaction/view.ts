/**
 * The output with colours taken away or escapes undone, read by the same automata. A view sleeps while it shows the same as
 * the output itself: it wakes at a span, where it takes over the position of the plain reading, and sleeps again once what it
 * has read of a pattern lies behind the span. So ordinary output costs it one search for the bytes that spans begin with.
 */

import { DECODED, type Matcher, type Matchers, type Position, SEEN, SKIPPED } from "./matcher.ts";
import { isStarter, type Span, type SpanAt } from "./spans.ts";

/** Told of a value: where it begins and ends, and its name. */
export type OnFound = (start: number, end: number, name: string) => void;

const EMPTY = new Uint8Array(0);

export class View {
  readonly #matchers: Matchers;
  readonly #spanAt: SpanAt;
  readonly #found: OnFound;
  /** The output at hand, and what the view makes of it where it was awake. */
  #output: Uint8Array = EMPTY;
  #bytes: Uint8Array = EMPTY;
  #marks: Uint8Array = EMPTY;
  /** Undefined while it sleeps. */
  #position: Position | undefined;
  /** Index of the next byte to read. */
  #at = 0;
  /** How many plain bytes were read since the last span. */
  #since = 0;
  /** A span begins at the next byte to read, and its end has not come yet. */
  #unfinished = false;

  constructor(matchers: Matchers, spanAt: SpanAt, found: OnFound) {
    this.#matchers = matchers;
    this.#spanAt = spanAt;
    this.#found = found;
  }

  /** Takes the output at hand, which begins with what was kept, and reads on where it is awake. */
  load(output: Uint8Array): void {
    this.#output = output;
    if (this.#position === undefined) {
      this.#at = 0;
      this.#bytes = EMPTY;
    } else {
      this.#unfinished = false;
      this.#overlay();
      this.#run(this.#position);
    }
  }

  /** Something may begin at `at`, which the plain reading has reached: wakes the view where it matters. */
  wake(at: number, position: Position): void {
    if (this.#position !== undefined || at < this.#at) return;
    const span = this.#spanAt(this.#output, at);
    if (span === undefined) return;
    if (span !== "unfinished" && this.#leadsNowhere(position, span.bytes)) {
      this.#at = at + span.length;
      return;
    }
    this.#position = { ...position };
    this.#at = at;
    this.#since = 0;
    if (this.#bytes.length === 0) this.#overlay();
    this.#run(this.#position);
  }

  /** Most escapes in ordinary output are part of no value. */
  #leadsNowhere(position: Position, bytes: Uint8Array): boolean {
    const { whole, folding } = this.#matchers;
    let [wholeState, foldingState] = [position.whole, position.folding];
    for (const byte of bytes) {
      wholeState = whole.next(wholeState, byte);
      foldingState = folding.next(foldingState, byte);
    }
    return whole.depth(wholeState) === 0 && folding.depth(foldingState) === 0;
  }

  /** How many bytes of a pattern are read, at most. */
  get depth(): number {
    if (this.#position === undefined) return 0;
    const { whole, folding } = this.#matchers;
    const depth = Math.max(whole.depth(this.#position.whole), folding.depth(this.#position.folding));
    return this.#unfinished ? depth + 1 : depth;
  }

  /** Where that began which may become a value, or Infinity. */
  openSince(): number {
    if (this.#position === undefined) return Infinity;
    const { whole, folding } = this.#matchers;
    const starts = [
      this.#startOf(whole, this.#position.whole),
      this.#startOf(folding, this.#position.folding),
    ];
    return Math.min(this.#unfinished ? this.#at : Infinity, ...starts);
  }

  /** The first `cut` bytes are gone. */
  drop(cut: number): void {
    this.#output = EMPTY;
    if (this.#position === undefined) return;
    this.#at -= cut;
    this.#bytes = this.#bytes.slice(cut);
    this.#marks = this.#marks.slice(cut);
  }

  /** Forgets what it has read. */
  reset(): void {
    this.#position = undefined;
    this.#unfinished = false;
  }

  /** The output, with what was read of it before. */
  #overlay(): void {
    const [read, marks] = [this.#bytes, this.#marks];
    this.#bytes = this.#output.slice();
    this.#bytes.set(read);
    this.#marks = new Uint8Array(this.#output.length);
    if (read.length > 0) this.#marks.set(marks);
  }

  #run(position: Position): void {
    while (this.#position !== undefined && this.#at < this.#bytes.length) {
      const at = this.#at;
      if (this.#marks[at] === SEEN && isStarter[this.#bytes[at] as number] === 1) {
        const span = this.#spanAt(this.#output, at);
        this.#unfinished = span === "unfinished";
        if (span === "unfinished") return;
        if (span !== undefined) this.#mark(at, span);
      }
      this.#read(position, this.#at++);
    }
  }

  #mark(at: number, { length, bytes }: Span): void {
    const decoded = at + length - bytes.length;
    this.#marks.fill(SKIPPED, at, decoded);
    this.#marks.fill(DECODED, decoded, at + length);
    this.#bytes.set(bytes, decoded);
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
