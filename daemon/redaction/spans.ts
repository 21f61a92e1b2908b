/**
 * Where output is not what its reader sees: colours that show nothing, escapes that stand for other bytes. A view of the
 * output is made of the plain bytes between such spans, and of what the spans stand for.
 */

import { beginsControl, colourAt } from "./control_sequences.ts";
import { ESCAPES } from "./escapes.ts";

export interface Span {
  /** In the output. */
  readonly length: number;
  /** What it stands for; never longer than the span. */
  readonly bytes: Uint8Array;
}

/** The span that begins at a place, none, or one whose end has not come yet. */
export type SpanAt = (bytes: Uint8Array, at: number) => Span | "unfinished" | undefined;

const NOTHING = new Uint8Array(0);

/** 1 for the bytes that a span begins with. */
export const isStarter = Uint8Array.from(
  { length: 256 },
  (_, byte) => beginsControl(byte) || ESCAPES.some(({ starter }) => byte === starter) ? 1 : 0,
);

const colourSpanAt: SpanAt = (bytes, at) => {
  const length = colourAt(bytes, at);
  if (length === "unfinished") return length;
  return length === "none" ? undefined : { length, bytes: NOTHING };
};

/** The ways to read output: without colours; and without them and with one kind of escapes undone. */
export const WAYS: readonly SpanAt[] = [
  colourSpanAt,
  ...ESCAPES.map(({ starter, at: escapeAt }): SpanAt => (bytes, at) =>
    bytes[at] === starter ? escapeAt(bytes, at) : colourSpanAt(bytes, at)
  ),
];
