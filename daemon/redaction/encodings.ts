/**
 * The forms in which programs print a value: as it is, quoted, encoded. Each form is a byte string that stands in the output
 * whatever comes before and after it; what depends on neighbours (the edge characters of base64 that mix bits with them) is
 * left out of the form. Escapes of single characters are not here: they are undone while the output is read. Those that are here are
 * the inner of two layers, such as JSON in JSON.
 */

import { utf8 } from "../../shared/encoding.ts";
import { isShift } from "./control_sequences.ts";

/** A form, and whether white space may stand between its bytes (line-wrapped base64, hex dumps). */
export interface Form {
  readonly bytes: Uint8Array;
  readonly foldsSpace: boolean;
}

const BASE64_ALPHABETS = ["base64", "base64url"] as const;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Forms of web pages write one for the other. */
const SPACE = 0x20;
const PLUS = 0x2b;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** Every form of a value, without repeats. `text` is the value where its bytes are UTF-8. */
export function formsOf(value: Uint8Array, text: string | undefined): Form[] {
  const tight = [
    value,
    value.toReversed(),
    value.map((byte) => byte === SPACE ? PLUS : byte),
    ...(text === undefined ? [] : textForms(text)),
  ];
  const loose = [...base64Forms(value), ...base32Forms(value), ...plainHex(value), ...separatedHex(value)];
  return withoutRepeats([
    ...tight.flatMap(onTerminals).flatMap(withoutShifts).map((bytes) => ({ bytes, foldsSpace: false })),
    ...loose.map((bytes) => ({ bytes, foldsSpace: true })),
  ]);
}

/** The forms that a long value, such as a file, is most likely printed in. */
export function commonFormsOf(value: Uint8Array): Form[] {
  return withoutRepeats([
    { bytes: value, foldsSpace: false },
    ...base64Forms(value).map((bytes) => ({ bytes, foldsSpace: true })),
  ]);
}

function withoutRepeats(forms: Form[]): Form[] {
  const seen = new Set<string>();
  return forms.filter(({ bytes }) => {
    const key = bytes.toHex();
    return bytes.byteLength > 0 && !seen.has(key) && seen.add(key);
  });
}

function textForms(text: string): Uint8Array[] {
  const printed = [
    ...escapedForms(text),
    ...quotedForms(text),
    [...text].toReversed().join(""),
  ];
  return [...printed.map(utf8), utf16(text, true), utf16(text, false), narrow(text)];
}

/** What the other half of two layers of escapes leaves: JSON (RFC 8259), percent encoding (RFC 3986), HTML. */
function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  return [
    json,
    json.replaceAll("/", "\\/"),
    json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    percentForm(text),
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  ];
}

function percentForm(text: string): string {
  return Array.from(utf8(text), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_.~-]/.test(char) ? char : `%${hex(byte).toUpperCase()}`;
  }).join("");
}

/** What shells, SQL and CSV (RFC 4180) print of a string with quotes in it, and editors of one with line ends. */
function quotedForms(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", "'\"'\"'"),
    text.replaceAll("'", "''"),
    text.replaceAll('"', '""'),
    text.replaceAll("\r\n", "\n"),
  ];
}

/** A terminal sends a return before each line end, and another one where there is one already. */
function onTerminals(value: Uint8Array): Uint8Array[] {
  if (!value.includes(LINE_FEED)) return [value];
  const bare = (byte: number, at: number) => byte === LINE_FEED && value[at - 1] !== RETURN;
  const once = withReturns(value, bare);
  return [value, once, withReturns(once, (byte) => byte === LINE_FEED)];
}

/** Among colours nobody can tell whether a shift is of the value or of the colours: they are read without, see `colourAt`. */
function withoutShifts(value: Uint8Array): Uint8Array[] {
  const bare = value.filter((byte) => !isShift(byte));
  return bare.length === value.length ? [value] : [value, bare];
}

function withReturns(value: Uint8Array, where: (byte: number, at: number) => boolean): Uint8Array {
  return Uint8Array.from([...value].flatMap((byte, at) => where(byte, at) ? [RETURN, byte] : [byte]));
}

/** Characters of Latin-1 as one byte each: what `\xe9` stands for where it is no byte of UTF-8. */
function narrow(text: string): Uint8Array {
  return Uint8Array.from([...text].flatMap((char) => {
    const point = char.codePointAt(0) ?? 0;
    return point < 0x100 ? [point] : [...utf8(char)];
  }));
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(index * 2, text.charCodeAt(index), littleEndian);
  }
  return bytes;
}

/** Base64 (RFC 4648) of the value behind 0, 1 or 2 other bytes: the characters that depend on the value alone. */
function base64Forms(value: Uint8Array): Uint8Array[] {
  return BASE64_ALPHABETS.flatMap((alphabet) =>
    [0, 1, 2].map((offset) => {
      const shifted = new Uint8Array(offset + value.byteLength);
      shifted.set(value, offset);
      const text = shifted.toBase64({ alphabet, omitPadding: true });
      const end = Math.floor(shifted.byteLength * 8 / 6);
      return utf8(text.slice(Math.ceil(offset * 8 / 6), end));
    })
  );
}

/** Base32 (RFC 4648) behind 0 to 4 other bytes, upper and lower case. */
function base32Forms(value: Uint8Array): Uint8Array[] {
  return [0, 1, 2, 3, 4].flatMap((offset) => {
    const bits = offset * 8 + value.byteLength * 8;
    let text = "";
    for (let at = Math.ceil(offset * 8 / 5) * 5; at + 5 <= bits; at += 5) {
      text += BASE32[fiveBits(value, at - offset * 8)];
    }
    return [utf8(text), utf8(text.toLowerCase())];
  });
}

function fiveBits(value: Uint8Array, at: number): number {
  const byte = at >> 3;
  const pair = ((value[byte] ?? 0) << 8) | (value[byte + 1] ?? 0);
  return (pair >> (11 - (at & 7))) & 31;
}

function plainHex(value: Uint8Array): Uint8Array[] {
  const text = value.toHex();
  return [utf8(text), utf8(text.toUpperCase())];
}

/** Dumps with signs between the bytes; white space is not among them, because these forms are read without. */
function separatedHex(value: Uint8Array): Uint8Array[] {
  const separators: readonly [before: string, between: string][] = [
    ["", ":"],
    ["", "-"],
    ["", ","],
    ["0x", ",0x"],
    ["0x", "0x"],
  ];
  const digits = Array.from(value, hex);
  return separators.flatMap(([before, between]) => [
    utf8(before + digits.join(between)),
    utf8(before + digits.map((pair) => pair.toUpperCase()).join(between)),
  ]);
}
