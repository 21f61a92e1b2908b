/**
 * Reads output the way its reader would who wants the value: takes colours away, decodes whatever may be an encoding, and looks
 * for pieces of the value. It knows nothing of the redactor.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Each is the inverse of what its encoders do; several words are several layers, the last one undone first. */
export type Reading =
  | "raw"
  | "crlf"
  | "base64"
  | "base64 percent"
  | "base64 json"
  | "hex"
  | "hex 0x"
  | "percent"
  | "form"
  | "base32"
  | "json"
  | "json json"
  | "python"
  | "html"
  | "reversed"
  | "reversed letters"
  | "utf16"
  | "quotes";

/** A latin-1 string: one character a byte. */
type Raw = string;

const latin = (bytes: Uint8Array): Raw => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return text;
};
const encoder = new TextEncoder();
const utf8 = (text: string): Raw => latin(encoder.encode(text));
const byte = (code: string, base: number): Raw => String.fromCharCode(parseInt(code, base) & 255);

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Digits of a base to bytes, beginning at each digit of a block. */
function fromDigits(text: Raw, alphabet: string, bits: number, block: number): Raw[] {
  return Array.from({ length: block }, (_, start) => {
    let [held, count, decoded] = [0, 0, ""];
    for (let at = start; at < text.length; at++) {
      held = ((held << bits) | alphabet.indexOf(text[at] ?? "")) & 0xffff;
      count += bits;
      if (count < 8) continue;
      count -= 8;
      decoded += String.fromCharCode((held >> count) & 255);
    }
    return decoded;
  });
}

function runs(text: Raw, digit: RegExp, bits: number, alphabet: string, block: number): Raw[] {
  return text.split(digit).filter(({ length }) => length >= 6)
    .flatMap((run) => fromDigits(run, alphabet, bits, block));
}

const unspaced = (text: Raw) => text.replace(/[ \t\r\n]+/g, "");

function base64(text: Raw): Raw[] {
  const standard = unspaced(text).replaceAll("-", "+").replaceAll("_", "/");
  return runs(standard, /[^A-Za-z0-9+/]+/, 6, STANDARD, 4);
}

const percent = (text: Raw) => text.replace(/%([0-9A-Fa-f]{2})/g, (_, code) => byte(code, 16));

const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\x07",
  e: "\x1b",
};

function unescape(text: Raw, wide: (code: number) => Raw = (code) => String.fromCharCode(code)): Raw {
  const unit =
    /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u\{[0-9a-fA-F]+\}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[0-7]{3}|\\[^]/g;
  return text.replace(unit, (found) => {
    if (/^\\u....\\u/.test(found)) {
      return utf8(String.fromCharCode(parseInt(found.slice(2, 6), 16), parseInt(found.slice(8), 16)));
    }
    if (found.startsWith("\\u{")) return utf8(String.fromCodePoint(parseInt(found.slice(3, -1), 16)));
    if (/^\\[uU]./.test(found) && found.length > 2) {
      return utf8(String.fromCodePoint(parseInt(found.slice(2), 16)));
    }
    if (found.startsWith("\\x") && found.length === 4) return wide(parseInt(found.slice(2), 16));
    if (/^\\[0-7]{3}$/.test(found)) return byte(found.slice(1), 8);
    return SIMPLE[found[1] ?? ""] ?? found[1] ?? "";
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  eacute: "é",
  uuml: "ü",
  szlig: "ß",
  pound: "£",
  AElig: "Æ",
  iquest: "¿",
  dollar: "$",
  excl: "!",
  NewLine: "\n",
  lsqb: "[",
  plus: "+",
  sol: "/",
  colon: ":",
  equals: "=",
};

const html = (text: Raw) =>
  text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));/g, (found, hex, decimal, name) => {
    if (hex !== undefined) return utf8(String.fromCodePoint(parseInt(hex, 16)));
    if (decimal !== undefined) return utf8(String.fromCodePoint(Number(decimal)));
    return ENTITIES[name] === undefined ? found : utf8(ENTITIES[name]);
  });

const reverse = (text: string) => [...text].toReversed().join("");
const letters = (text: Raw) =>
  utf8(reverse(new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)))));

/** Big-endian units, decoded, from both of the two places where they may begin. */
function utf16(text: Raw): Raw[] {
  return [0, 1].flatMap((start) =>
    [true, false].map((little) => {
      let decoded = "";
      for (let at = start; at + 1 < text.length; at += 2) {
        const [low, high] = [text.charCodeAt(at + (little ? 0 : 1)), text.charCodeAt(at + (little ? 1 : 0))];
        decoded += String.fromCharCode(low | (high << 8));
      }
      return utf8(decoded);
    })
  );
}

const hexOf = (text: Raw) => runs(text, /[^0-9a-f]+/, 4, "0123456789abcdef", 2);

const READ: Readonly<Record<Reading, (text: Raw) => Raw[]>> = {
  "raw": (text) => [text],
  "crlf": (text) => [text.replaceAll("\r\n", "\n"), text],
  "base64": base64,
  "base64 percent": (text) => base64(percent(text)),
  "base64 json": (text) => base64(unescape(text)),
  "hex": (text) => hexOf(text.replace(/[ :\r\n-]+/g, "").toLowerCase()),
  "hex 0x": (text) => hexOf(text.replace(/,? ?0x/g, "").toLowerCase()),
  "percent": (text) => [percent(text)],
  "form": (text) => [percent(text.replaceAll("+", " "))],
  "base32": (text) => runs(unspaced(text).toUpperCase(), /[^A-Z2-7]+/, 5, BASE32, 8),
  "json": (text) => [unescape(text)],
  "json json": (text) => [unescape(unescape(text))],
  "python": (text) => [unescape(text, (code) => utf8(String.fromCharCode(code)))],
  "html": (text) => [html(text)],
  "reversed": (text) => [reverse(text)],
  "reversed letters": (text) => [letters(text)],
  "utf16": utf16,
  "quotes": (text) => [text.replaceAll("'\\''", "'")],
};

const [ESC, BEL, SI] = [27, 7, 15].map((code) => String.fromCharCode(code));
const COLOUR = new RegExp(
  `${ESC}\\[[0-9;]*[mK]|${ESC}\\(B|${SI}|${ESC}\\[\\?25h|${ESC}\\]8;[^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)`,
  "g",
);

/** So much of a value in one piece is an escape; of the shortest ones, half. */
const PIECE = 8;

/** The first piece of `value` that can be read in `output`, or undefined. */
export function findPiece(output: Uint8Array, value: Bytes, reading: Reading): string | undefined {
  const wanted = latin(value);
  const length = Math.min(PIECE, Math.ceil(wanted.length / 2));
  const pieces = new Set<string>();
  for (let at = 0; at + length <= wanted.length; at++) pieces.add(wanted.slice(at, at + length));
  const shown = latin(output);
  const colourless = shown.replace(COLOUR, "");
  for (const text of new Set([shown, colourless].flatMap(READ[reading]))) {
    for (let at = 0; at + length <= text.length; at++) {
      const piece = text.slice(at, at + length);
      if (pieces.has(piece)) return piece;
    }
  }
  return undefined;
}
