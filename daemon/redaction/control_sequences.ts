/**
 * Terminal control sequences (ECMA-48) that change how text looks and nothing else: colours, and the erasing of the rest of
 * the line that `grep` puts behind each of them. Those that move the cursor end a word for the eye, and here as well.
 */

/** What every control sequence begins with. */
export const ESC = 0x1b;
const BRACKET = 0x5b;
const SELECT_GRAPHIC_RENDITION = 0x6d;
const ERASE_IN_LINE = 0x4b;

/** No real one is longer; a longer one is output that happens to begin like one. */
const MAX_SEQUENCE = 64;

/** What stands at a place: a length in bytes, nothing of the kind, or one whose end has not come yet. */
export type Length = number | "none" | "unfinished";

/** The length of the colour sequence at `at`. */
export function colourAt(bytes: Uint8Array, at: number): Length {
  if (bytes[at] !== ESC) return "none";
  if (at + 1 === bytes.length) return "unfinished";
  if (bytes[at + 1] !== BRACKET) return "none";
  for (let end = at + 2; end < at + MAX_SEQUENCE; end++) {
    const byte = bytes[end];
    if (byte === undefined) return "unfinished";
    if (byte === SELECT_GRAPHIC_RENDITION || byte === ERASE_IN_LINE) return end + 1 - at;
    if (byte < 0x20 || byte > 0x3f) return "none";
  }
  return "none";
}
