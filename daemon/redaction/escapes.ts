/**
 * Escapes: one character written as several, each on its own. Percent encoding (RFC 3986), the backslashes of
 * JSON, C, Python and shells, HTML's character references. Because they are undone while the output is read, it does not matter
 * which characters an encoder chose to escape, or with upper or lower case digits.
 */

import { utf8 } from "../../shared/encoding.ts";
import { colourAt } from "./control_sequences.ts";
import type { SpanAt } from "./spans.ts";
import { entity, MAX_ENTITY_NAME } from "./html_entities.ts";

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const SMALL_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Of a code point after its first one, with zeros before it. */
const MAX_DIGITS = 8;

const SIMPLE = new Map(
  Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12, v: 11, a: 7, e: 27 }),
);

/** The kinds of escapes. An output is of one kind: `&amp;` in a URL is what it is, and so is `%41` in a page. */
export const ESCAPES: readonly { readonly starter: number; readonly at: SpanAt }[] = [
  { starter: PERCENT, at: escape(percent) },
  { starter: BACKSLASH, at: escape(backslash) },
  { starter: AMPERSAND, at: escape(reference) },
];

/** Colours inside an escape are left out. */
function escape(decode: (reader: Reader) => Uint8Array | undefined): SpanAt {
  return (bytes, at) => {
    const reader = new Reader(bytes, at + 1);
    const decoded = decode(reader);
    if (reader.ended) return "unfinished";
    return decoded === undefined ? undefined : { length: reader.at - at, bytes: decoded };
  };
}

/** Reads characters one by one. */
class Reader {
  at: number;
  /** There was no further byte to read. */
  ended = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The next byte, or -1. */
  take(): number {
    let colour = colourAt(this.#bytes, this.at);
    for (; typeof colour === "number"; colour = colourAt(this.#bytes, this.at)) this.at += colour;
    const byte = colour === "unfinished" ? undefined : this.#bytes[this.at++];
    if (byte === undefined) this.ended = true;
    return byte ?? -1;
  }

  char(): string {
    const byte = this.take();
    return byte === -1 ? "" : String.fromCharCode(byte);
  }

  digit(base: number): number {
    return digit(this.take(), base);
  }

  /** Goes on with a number by `count` digits; NaN where one of them is none. */
  digits(before: number, count: number, base: number): number {
    let value = before;
    for (let left = count; left > 0 && !Number.isNaN(value); left--) value = value * base + this.digit(base);
    return value;
  }

  /** Goes on with a number to the byte `end`; NaN where other things come before it. */
  digitsUntil(before: number, end: number, base: number): number {
    let value = before;
    for (let left = MAX_DIGITS; left > 0 && !Number.isNaN(value); left--) {
      const byte = this.take();
      if (byte === end) return value;
      value = value * base + digit(byte, base);
    }
    return NaN;
  }
}

function digit(byte: number, base: number): number {
  const value = byte >= 0x30 && byte <= 0x39
    ? byte - 0x30
    : byte >= 0x41 && byte <= 0x5a
    ? byte - 0x37
    : byte >= 0x61 && byte <= 0x7a
    ? byte - 0x57
    : base;
  return value < base ? value : NaN;
}

/** `%41`, and the `%u0041` of old JavaScript. */
function percent(reader: Reader): Uint8Array | undefined {
  const first = reader.take();
  if (first === SMALL_U) return fromUnit(reader, PERCENT);
  return fromByte(reader.digits(digit(first, 16), 1, 16));
}

function backslash(reader: Reader): Uint8Array | undefined {
  const char = reader.char();
  if (char === "x") return hexByte(reader);
  if (char === "u") return fromUnit(reader, BACKSLASH);
  if (char === "U") return fromPoint(reader.digits(0, 8, 16));
  if (/[0-7]/.test(char)) return fromByte(reader.digits(Number(char), 2, 8));
  const simple = SIMPLE.get(char);
  if (simple !== undefined) return fromByte(simple);
  return char === "" || /[A-Za-z0-9]/.test(char) ? undefined : fromByte(char.charCodeAt(0));
}

/** `\x41`, and `\x{41}`. */
function hexByte(reader: Reader): Uint8Array | undefined {
  const first = reader.take();
  if (first === OPEN_BRACE) return fromPoint(reader.digitsUntil(reader.digit(16), CLOSE_BRACE, 16));
  return fromByte(reader.digits(digit(first, 16), 1, 16));
}

/** The four digits of a UTF-16 unit, and the second unit that follows a first one; or `{1f600}`. */
function fromUnit(reader: Reader, starter: number): Uint8Array | undefined {
  const first = reader.take();
  if (first === OPEN_BRACE) return fromPoint(reader.digitsUntil(reader.digit(16), CLOSE_BRACE, 16));
  const unit = reader.digits(digit(first, 16), 3, 16);
  if (!(unit >= 0xd800 && unit <= 0xdbff)) return fromPoint(unit);
  if (reader.take() !== starter || reader.take() !== SMALL_U) return undefined;
  const second = reader.digits(0, 4, 16);
  if (!(second >= 0xdc00 && second <= 0xdfff)) return undefined;
  return fromPoint(0x10000 + (unit - 0xd800) * 0x400 + (second - 0xdc00));
}

/** `&lt;`, `&#60;`, `&#x3c;`. */
function reference(reader: Reader): Uint8Array | undefined {
  let name = reader.char();
  if (name === "#") return numeric(reader);
  for (let left = MAX_ENTITY_NAME; left > 0 && /^[A-Za-z0-9]+$/.test(name); left--) {
    const char = reader.char();
    if (char === ";") return fromPoint(entity(name) ?? NaN);
    name += char;
  }
  return undefined;
}

function numeric(reader: Reader): Uint8Array | undefined {
  const first = reader.take();
  const isHex = first === 0x78 || first === 0x58;
  const base = isHex ? 16 : 10;
  return fromPoint(reader.digitsUntil(isHex ? reader.digit(base) : digit(first, base), SEMICOLON, base));
}

function fromByte(value: number): Uint8Array | undefined {
  return value >= 0 && value <= 0xff ? Uint8Array.of(value) : undefined;
}

/** UTF-8 of a code point; a lone half of a pair is none. */
function fromPoint(point: number): Uint8Array | undefined {
  const isCharacter = point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return isCharacter ? utf8(String.fromCodePoint(point)) : undefined;
}
