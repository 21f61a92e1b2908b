/**
 * The forms in which programs print a value: as it is, escaped, quoted, encoded. Each form is a byte string that stands
 * in the output whatever comes before and after it; what depends on neighbours (the edge characters of base64 that mix
 * bits with them) is left out of the form.
 */

import { utf8 } from "../../shared/encoding.ts";

/** A form, and whether white space may stand between its bytes (line-wrapped base64, hex dumps). */
export interface Form {
  readonly bytes: Uint8Array;
  readonly foldsSpace: boolean;
}

const BASE64_ALPHABETS = ["base64", "base64url"] as const;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** Every form of a value, without repeats. `text` is the value where its bytes are UTF-8. */
export function formsOf(value: Uint8Array, text: string | undefined): Form[] {
  const tight = [
    value,
    value.toReversed(),
    ...(text === undefined ? [] : textForms(text)),
    ...separatedHex(value),
  ];
  const loose = [...base64Forms(value), ...base32Forms(value), ...plainHex(value)];
  return withoutRepeats([
    ...tight.map((bytes) => ({ bytes, foldsSpace: false })),
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
  const escaped = [
    ...jsonForms(text),
    ...percentForms(text),
    ...htmlForms(text),
    ...quotedForms(text),
    [...text].toReversed().join(""),
  ];
  return [...escaped.map(utf8), utf16(text, true), utf16(text, false)];
}

/** JSON and the languages that escape like it (RFC 8259, section 7). */
function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const unicode = (upper: boolean) => (char: string) => {
    const code = char.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${upper ? code.toUpperCase() : code}`;
  };
  return [false, true].flatMap((upper) => [
    plain.replace(/[^\x20-\x7e]/g, unicode(upper)),
    plain.replace(/[<>&'\u2028\u2029]|[^\x20-\x7e]/g, unicode(upper)),
    text.replace(/[^]/g, unicode(upper)),
  ]).concat(plain, plain.replaceAll("/", "\\/"));
}

/** Percent encoding (RFC 3986) as the common libraries do it, upper and lower case, and of every byte. */
function percentForms(text: string): string[] {
  const bytes = utf8(text);
  const escape = (keep: RegExp) =>
    Array.from(bytes, (byte) => {
      const char = String.fromCharCode(byte);
      return byte < 0x80 && keep.test(char) ? char : `%${hex(byte).toUpperCase()}`;
    }).join("");
  const forms = [/[A-Za-z0-9_.~-]/, /[A-Za-z0-9_.!~*'()-]/, /[A-Za-z0-9_.~/-]/, /[A-Za-z0-9_.*-]/, /(?!)/]
    .map(escape);
  const lowered = forms.map((form) => form.replace(/%../g, (code) => code.toLowerCase()));
  return [...forms, ...lowered].flatMap((form) => [form, form.replace(/%20/g, "+")]);
}

function htmlForms(text: string): string[] {
  const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const replace = (quote: string, double = "&quot;") =>
    text.replace(/[&<>"']/g, (char) => char === "'" ? quote : char === '"' ? double : named[char] ?? char);
  const numeric = (print: (code: number) => string) =>
    Array.from(text, (char) => print(char.codePointAt(0) ?? 0)).join("");
  return [
    replace("'", '"'),
    replace("'"),
    replace("&#39;"),
    replace("&#x27;"),
    replace("&apos;"),
    replace("&#39;", "&#34;"),
    numeric((code) => `&#${code};`),
    numeric((code) => `&#x${code.toString(16)};`),
    numeric((code) => `&#x${code.toString(16).toUpperCase()};`),
  ];
}

/** What shells and programming languages print of a string with quotes or backslashes in it. */
function quotedForms(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", "'\"'\"'"),
    text.replace(/[\\']/g, "\\$&"),
    text.replace(/["$`\\]/g, "\\$&"),
    text.replace(/[^A-Za-z0-9_@%+=:,./-]/g, "\\$&"),
    text.replaceAll("\n", "\r\n"),
    text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"),
  ];
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

function separatedHex(value: Uint8Array): Uint8Array[] {
  const separators: readonly [before: string, between: string][] = [
    ["", ":"],
    ["", "-"],
    ["", ","],
    ["\\x", "\\x"],
    ["0x", ", 0x"],
    ["0x", ",0x"],
    ["0x", " 0x"],
  ];
  const digits = Array.from(value, hex);
  return separators.flatMap(([before, between]) => [
    utf8(before + digits.join(between)),
    utf8(before + digits.map((pair) => pair.toUpperCase()).join(between)),
  ]);
}
