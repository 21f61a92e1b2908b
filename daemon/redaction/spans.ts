/**
 * Where a chunk of output is not what its reader sees: colours that show nothing, escapes that stand for other bytes. A view of the
 * output is made of the plain bytes between such spans, and of what the spans stand for.
 */

import { colourAt } from "./control_sequences.ts";
import { ESCAPE_STARTERS, escapeAt } from "./escapes.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
  /** Never longer than the span. */
  readonly bytes: Uint8Array;
}

export interface Spans {
  readonly spans: readonly Span[];
  /** Where one begins that the next bytes may complete. */
  readonly unfinished: number | undefined;
}

/** The spans in `bytes` from `from` on. */
export type FindSpans = (bytes: Uint8Array, from: number) => Spans;

const ESC = 0x1b;
const NOTHING = new Uint8Array(0);
const NONE: Spans = { spans: [], unfinished: undefined };

/** Colours. */
export const findColours: FindSpans = (bytes, from) => find(bytes, from, [ESC]);

/** Colours and escapes. */
export const findEscapes: FindSpans = (bytes, from) => find(bytes, from, [ESC, ...ESCAPE_STARTERS]);

function find(bytes: Uint8Array, from: number, starters: readonly number[]): Spans {
  const places = starters.map((starter) => bytes.indexOf(starter, from));
  if (places.every((place) => place === -1)) return NONE;
  const spans: Span[] = [];
  for (let at = from;;) {
    const start = nextOf(bytes, at, starters, places);
    if (start === -1) return { spans, unfinished: undefined };
    const span = spanAt(bytes, start);
    if (span === "unfinished") return { spans, unfinished: start };
    if (span !== undefined) spans.push(span);
    at = span?.end ?? start + 1;
  }
}

/** The first place at or after `at` where a starter stands; `places` remembers where each of them comes next. */
function nextOf(bytes: Uint8Array, at: number, starters: readonly number[], places: number[]): number {
  let next = -1;
  for (let index = 0; index < places.length; index++) {
    let place = places[index] as number;
    if (place === -1) continue;
    if (place < at) place = places[index] = bytes.indexOf(starters[index] as number, at);
    if (place !== -1 && (next === -1 || place < next)) next = place;
  }
  return next;
}

function spanAt(bytes: Uint8Array, start: number): Span | "unfinished" | undefined {
  if (bytes[start] !== ESC) {
    const escape = escapeAt(bytes, start);
    if (escape === "unfinished" || escape === undefined) return escape;
    return { start, end: start + escape.length, bytes: escape.bytes };
  }
  const length = colourAt(bytes, start);
  if (length === "unfinished") return length;
  return length === "none" ? undefined : { start, end: start + length, bytes: NOTHING };
}
