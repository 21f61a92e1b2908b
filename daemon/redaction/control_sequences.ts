/**
 * Terminal control sequences (ECMA-48, xterm) that change how text looks and nothing else: colours, the erasing of the rest
 * of the line that `grep` puts behind each of them, the choice of a character set that ends ncurses' colours, links, and
 * modes such as that of the cursor. Those that move the cursor end a word for the eye, and here as well.
 */

/** What every control sequence begins with. */
export const ESC = 0x1b;
const SHIFT_OUT = 0x0e;
const SHIFT_IN = 0x0f;
const BELL = 0x07;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const BACKSLASH = 0x5c;
const QUESTION = 0x3f;
const FIRST_SET = 0x28;
const SECOND_SET = 0x29;
const LATIN = 0x42;
const DRAWING = 0x30;
const SELECT_GRAPHIC_RENDITION = 0x6d;
const ERASE_IN_LINE = 0x4b;
const SET_MODE = 0x68;
const RESET_MODE = 0x6c;

/** No real one is longer; a longer one is output that happens to begin like one. A link has its address in it. */
const MAX_SEQUENCE = 64;
const MAX_LINK = 1_024;
/** `ESC ] 8 ;` */
const LINK = [ESC, CLOSING_BRACKET, 0x38, 0x3b] as const;

/** What stands at a place: a length in bytes, nothing of the kind, or one whose end has not come yet. */
export type Length = number | "none" | "unfinished";

/** Whether such a sequence may begin with a byte. */
export function beginsControl(byte: number): boolean {
  return byte === ESC || isShift(byte);
}

/** The two that are one byte: to the other character set, and back. */
export function isShift(byte: number | undefined): boolean {
  return byte === SHIFT_OUT || byte === SHIFT_IN;
}

/** The length of the sequence at `at` that shows nothing. */
export function colourAt(bytes: Uint8Array, at: number): Length {
  if (isShift(bytes[at])) return 1;
  if (bytes[at] !== ESC) return "none";
  const second = bytes[at + 1];
  if (second === undefined) return "unfinished";
  if (second === BRACKET) return renditionAt(bytes, at);
  if (second === CLOSING_BRACKET) return linkAt(bytes, at);
  return second === FIRST_SET || second === SECOND_SET ? charactersAt(bytes, at) : "none";
}

function renditionAt(bytes: Uint8Array, at: number): Length {
  const isPrivate = bytes[at + 2] === QUESTION;
  for (let end = at + 2; end < at + MAX_SEQUENCE; end++) {
    const byte = bytes[end];
    if (byte === undefined) return "unfinished";
    if (byte === SELECT_GRAPHIC_RENDITION || byte === ERASE_IN_LINE) return end + 1 - at;
    if (isPrivate && (byte === SET_MODE || byte === RESET_MODE)) return end + 1 - at;
    if (byte < 0x20 || byte > 0x3f) return "none";
  }
  return "none";
}

/** `ESC ( B`, and `ESC ( 0` for the signs that frames are drawn with: what ncurses writes, and hardly ever a value's own bytes. */
function charactersAt(bytes: Uint8Array, at: number): Length {
  const byte = bytes[at + 2];
  if (byte === undefined) return "unfinished";
  return byte === LATIN || byte === DRAWING ? 3 : "none";
}

/** A link's beginning or end, up to `BEL` or `ESC \`. */
function linkAt(bytes: Uint8Array, at: number): Length {
  for (let end = at; end < at + MAX_LINK; end++) {
    const byte = bytes[end];
    if (byte === undefined) return "unfinished";
    if (end - at < LINK.length) {
      if (byte !== LINK[end - at]) return "none";
    } else if (byte === BELL) return end + 1 - at;
    else if (byte === BACKSLASH && bytes[end - 1] === ESC) return end + 1 - at;
    else if (byte < 0x20 && byte !== ESC) return "none";
  }
  return "none";
}
