/**
 * How programs print bytes: written anew for the hunt and not taken from the redactor, so that what one forgets the other
 * may know. Each says by which way the output has to be read to find the value again.
 */

import type { Reading } from "./readings.ts";
import type { Random } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Encoder {
  readonly name: string;
  readonly reading: Reading;
  /** Wants a text. */
  readonly ofText?: true;
  readonly encode: (value: Bytes, random: Random) => Bytes;
}

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ascii = (text: string): Bytes => encoder.encode(text);
const textOf = (value: Bytes) => strict.decode(value);
const concat = (...parts: readonly Bytes[]): Bytes => new Uint8Array(parts.flatMap((part) => [...part]));
const two = (byte: number) => byte.toString(16).padStart(2, "0");
const four = (unit: number) => unit.toString(16).padStart(4, "0");

const plain = (
  name: string,
  reading: Reading,
  print: (value: Bytes, random: Random) => string | Bytes,
): Encoder => ({
  name,
  reading,
  encode: (value, random) => {
    const printed = print(value, random);
    return typeof printed === "string" ? ascii(printed) : printed;
  },
});
const text = (
  name: string,
  reading: Reading,
  print: (value: string, random: Random) => string | Bytes,
): Encoder => ({ ...plain(name, reading, (value, random) => print(textOf(value), random)), ofText: true });

/** Bits by hand: nothing is shared with what the redactor calls. */
function digits(value: Bytes, alphabet: string, bits: number): string {
  let [held, count, printed] = [0, 0, ""];
  for (const byte of value) {
    held = (held << 8) | byte;
    for (count += 8; count >= bits; count -= bits) {
      printed += alphabet[(held >> (count - bits)) & (2 ** bits - 1)];
      held &= 2 ** (count - bits) - 1;
    }
  }
  return count === 0 ? printed : printed + alphabet[(held << (bits - count)) & (2 ** bits - 1)];
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const STANDARD = `${UPPER}${UPPER.toLowerCase()}0123456789+/`;
const URL_SAFE = `${UPPER}${UPPER.toLowerCase()}0123456789-_`;

const wrap = (printed: string, width: number, end: string) =>
  printed.match(new RegExp(`.{1,${width}}`, "g"))?.join(end) ?? "";
const pad = (printed: string, block: number) =>
  printed.padEnd(Math.ceil(printed.length / block) * block, "=");

function base64(alphabet: string, shape: (printed: string) => string) {
  return (value: Bytes, random: Random) =>
    shape(digits(concat(random.bytes(random.below(3)), value, random.bytes(random.below(3))), alphabet, 6));
}

const base32 = (lower: boolean, padded: boolean) => (value: Bytes, random: Random) => {
  const printed = digits(concat(random.bytes(random.below(5)), value), `${UPPER}234567`, 5);
  const cased = lower ? printed.toLowerCase() : printed;
  return padded ? pad(cased, 8) : cased;
};

const hex = (upper: boolean, between: string, before = "") => (value: Bytes) =>
  before +
  Array.from(value, (byte) => upper ? two(byte).toUpperCase() : two(byte)).join(before + between + before)
    .replaceAll(before + before, before);

const percent = (keep: RegExp, space: string, lower = false) => (value: Bytes) =>
  Array.from(value, (byte) => {
    const char = String.fromCharCode(byte);
    if (char === " ") return space;
    if (byte < 0x80 && keep.test(char)) return char;
    return lower ? `%${two(byte)}` : `%${two(byte).toUpperCase()}`;
  }).join("");

const units = (value: string) => Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
const unicode = (value: string, upper: boolean) =>
  units(value).map((unit) => `\\u${upper ? four(unit).toUpperCase() : four(unit)}`).join("");
const points = (value: string) => Array.from(value, (char) => char.codePointAt(0) ?? 0);
const foreign = (value: string, print: (point: number) => string) =>
  points(value).map((point) => point < 0x80 ? String.fromCodePoint(point) : print(point)).join("");

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const html = (value: string, quote: string) =>
  value.replace(/[&<>"']/g, (char) => char === "'" ? quote : HTML[char] ?? char);
const NAMES: Readonly<Record<string, string>> = {
  ...HTML,
  "'": "&apos;",
  "é": "&eacute;",
  "ü": "&uuml;",
  "ß": "&szlig;",
  "£": "&pound;",
  "Æ": "&AElig;",
  "¿": "&iquest;",
  "$": "&dollar;",
  "!": "&excl;",
  "\n": "&NewLine;",
  "[": "&lsqb;",
  "+": "&plus;",
  "/": "&sol;",
  ":": "&colon;",
  "=": "&equals;",
};

const sixteen = (little: boolean) => (value: string) =>
  new Uint8Array(units(value).flatMap((unit) => little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255]));

/** What the standard encoders of C, Python and shells print of a byte. */
const C_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
const bytesLiteral = (value: Bytes) =>
  Array.from(value, (byte) => {
    const char = String.fromCharCode(byte);
    return C_ESCAPES[char] ?? (char === "'" ? "\\'" : byte >= 0x20 && byte < 0x7f ? char : `\\x${two(byte)}`);
  }).join("");
const octal = (value: Bytes) =>
  Array.from(value, (byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === "\\") return `\\${char}`;
    return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");

export const ENCODERS: readonly Encoder[] = [
  plain("raw", "raw", (value) => value),
  text("raw with CRLF", "crlf", (value) => value.replace(/\r?\n/g, "\r\n")),
  plain("base64", "base64", base64(STANDARD, (printed) => pad(printed, 4))),
  plain("base64 unpadded", "base64", base64(STANDARD, (printed) => printed)),
  plain("base64url", "base64", base64(URL_SAFE, (printed) => pad(printed, 4))),
  plain("base64url unpadded", "base64", base64(URL_SAFE, (printed) => printed)),
  plain("base64 wrapped at 76", "base64", base64(STANDARD, (printed) => wrap(pad(printed, 4), 76, "\r\n"))),
  plain("base64 wrapped at 64", "base64", base64(STANDARD, (printed) => wrap(pad(printed, 4), 64, "\n"))),
  plain("base64 wrapped and indented", "base64", base64(STANDARD, (printed) => wrap(printed, 60, "\n    "))),
  plain(
    "base64 in a URL",
    "base64 percent",
    base64(STANDARD, (printed) => percent(/[A-Za-z0-9]/, "+")(ascii(pad(printed, 4)))),
  ),
  plain(
    "base64 in JSON of PHP",
    "base64 json",
    base64(STANDARD, (printed) => pad(printed, 4).replaceAll("/", "\\/")),
  ),
  plain(
    "base64 wrapped in JSON",
    "base64 json",
    base64(STANDARD, (printed) => wrap(pad(printed, 4), 76, "\\n")),
  ),
  ...[false, true].flatMap((upper) => [
    plain(`hex ${upper}`, "hex", hex(upper, "")),
    plain(`hex : ${upper}`, "hex", hex(upper, ":")),
    plain(`hex - ${upper}`, "hex", hex(upper, "-")),
    plain(`hex space ${upper}`, "hex", hex(upper, " ")),
    plain(`hex wrapped ${upper}`, "hex", (value) => wrap(hex(upper, "")(value), 60, "\n")),
    plain(`hex : wrapped ${upper}`, "hex", (value) => wrap(hex(upper, ":")(value), 45, "\n        ")),
    plain(
      `hex 0x ${upper}`,
      "hex 0x",
      (value) => Array.from(value, (byte) => `0x${upper ? two(byte).toUpperCase() : two(byte)}`).join(", "),
    ),
    plain(
      `hex \\x ${upper}`,
      "json",
      (value) => Array.from(value, (byte) => `\\x${upper ? two(byte).toUpperCase() : two(byte)}`).join(""),
    ),
  ]),
  ...[false, true].flatMap((lower) => [
    plain(`percent full ${lower}`, "percent", percent(/(?!)/, "%20", lower)),
    plain(`percent unreserved ${lower}`, "percent", percent(/[A-Za-z0-9_.~-]/, "%20", lower)),
    plain(`percent of forms ${lower}`, "form", percent(/[A-Za-z0-9_.*-]/, "+", lower)),
    plain(`percent of components ${lower}`, "percent", percent(/[A-Za-z0-9_.!~*'()-]/, "%20", lower)),
    plain(
      `percent of whole URLs ${lower}`,
      "percent",
      percent(/[A-Za-z0-9_.!~*'();/?:@&=+$,#-]/, "%20", lower),
    ),
    plain(`percent of userinfo ${lower}`, "percent", percent(/[A-Za-z0-9_.!~*'()$&+,-]/, "%20", lower)),
    plain(`base32 ${lower}`, "base32", base32(lower, true)),
    plain(`base32 unpadded ${lower}`, "base32", base32(lower, false)),
  ]),
  text("JSON", "json", (value) => JSON.stringify(value).slice(1, -1)),
  text(
    "JSON with slashes escaped",
    "json",
    (value) => JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"),
  ),
  text(
    "JSON in ASCII",
    "json",
    (value) => JSON.stringify(value).slice(1, -1).replace(/[^\x20-\x7e]/g, (unit) => unicode(unit, false)),
  ),
  text(
    "JSON safe for HTML",
    "json",
    (value) => JSON.stringify(value).slice(1, -1).replace(/[<>&']/g, (unit) => unicode(unit, true)),
  ),
  text("JSON in JSON", "json json", (value) => JSON.stringify(JSON.stringify(value)).slice(3, -3)),
  text("\\u of all", "json", (value) => unicode(value, false)),
  text("\\U of all", "json", (value) => unicode(value, true)),
  text(
    "\\u{} of all",
    "json",
    (value) => points(value).map((point) => `\\u{${point.toString(16)}}`).join(""),
  ),
  text(
    "Python ascii",
    "python",
    (value) =>
      foreign(
        value.replace(/[\\'\n\r\t]/g, (char) => char === "'" ? "\\'" : C_ESCAPES[char] ?? char),
        (point) =>
          point < 0x100
            ? `\\x${two(point)}`
            : point < 0x10000
            ? `\\u${four(point)}`
            : `\\U${point.toString(16).padStart(8, "0")}`,
      ),
  ),
  plain("Python bytes", "json", bytesLiteral),
  plain("octal", "json", octal),
  text("HTML", "html", (value) => html(value, "&#39;")),
  text("HTML &apos;", "html", (value) => html(value, "&apos;")),
  text("HTML &#x27;", "html", (value) => html(value, "&#x27;")),
  text("HTML text", "html", (value) => html(value, "'").replaceAll("&quot;", '"')),
  text("HTML named", "html", (value) => Array.from(value, (char) => NAMES[char] ?? char).join("")),
  text("HTML decimal", "html", (value) => points(value).map((point) => `&#${point};`).join("")),
  text("HTML hex", "html", (value) => points(value).map((point) => `&#x${point.toString(16)};`).join("")),
  text(
    "HTML hex upper",
    "html",
    (value) => points(value).map((point) => `&#x${point.toString(16).toUpperCase()};`).join(""),
  ),
  text("HTML in ASCII", "html", (value) => foreign(html(value, "'"), (point) => `&#${point};`)),
  plain("reversed bytes", "reversed", (value) => value.toReversed()),
  text("reversed letters", "reversed letters", (value) => [...value].toReversed().join("")),
  text("UTF-16LE", "utf16", sixteen(true)),
  text("UTF-16BE", "utf16", sixteen(false)),
  text("single quotes of a shell", "quotes", (value) => value.replaceAll("'", "'\\''")),
  text(
    "backslashes of a shell",
    "json",
    (value) => value.replace(/[^A-Za-z0-9_@%+=:,./\-\u0080-\u{10ffff}\n\r]/gu, "\\$&"),
  ),
];
