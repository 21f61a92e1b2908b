/**
 * Crockford's base32 (https://www.crockford.com/base32.html) over whole blocks of five bytes, eight digits each: no padding and
 * no stray bits, so that one text is one byte string. Digits that people mix up are read as the one that is meant.
 */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BLOCK_BYTES = 5;
const BLOCK_DIGITS = 8;
const BITS = 5;

/** What people write for another digit. */
const MEANT: Readonly<Record<string, string>> = { I: "1", L: "1", O: "0" };

/** Upper-case digits. @throws Error where the bytes are no whole blocks: a bug */
export function toBase32(bytes: Uint8Array): string {
  if (bytes.byteLength % BLOCK_BYTES !== 0) throw new Error("base32 takes blocks of five bytes");
  let digits = "";
  for (let at = 0; at < bytes.byteLength; at += BLOCK_BYTES) digits += printBlock(bytes, at);
  return digits;
}

/** The bytes of whole blocks in either case, or undefined for another length or a letter that is no digit. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = canonicalDigits(text);
  if (digits === undefined || digits.length % BLOCK_DIGITS !== 0) return undefined;
  const bytes = new Uint8Array(digits.length / BLOCK_DIGITS * BLOCK_BYTES);
  for (let block = 0; block * BLOCK_DIGITS < digits.length; block++) readBlock(digits, block, bytes);
  return bytes;
}

/** The text in the digits that are printed, or undefined where a letter is no digit. */
export function canonicalDigits(text: string): string | undefined {
  const digits = text.toUpperCase().replace(/[ILO]/g, (letter) => MEANT[letter] ?? letter);
  return /^[0-9A-HJKMNP-TV-Z]*$/.test(digits) ? digits : undefined;
}

/** Every digit, in order of its value. */
export function base32Digits(): readonly string[] {
  return [...DIGITS];
}

/** Forty bits do not fit into what `<<` shifts, and fit exactly into a number. */
function printBlock(bytes: Uint8Array, start: number): string {
  let value = 0;
  for (let at = 0; at < BLOCK_BYTES; at++) value = value * 256 + (bytes[start + at] ?? 0);
  let digits = "";
  for (let at = 0; at < BLOCK_DIGITS; at++) {
    digits = DIGITS.charAt(value % (1 << BITS)) + digits;
    value = Math.floor(value / (1 << BITS));
  }
  return digits;
}

function readBlock(digits: string, block: number, into: Uint8Array): void {
  let value = 0;
  for (let at = 0; at < BLOCK_DIGITS; at++) {
    value = value * (1 << BITS) + DIGITS.indexOf(digits.charAt(block * BLOCK_DIGITS + at));
  }
  for (let at = BLOCK_BYTES - 1; at >= 0; at--) {
    into[block * BLOCK_BYTES + at] = value % 256;
    value = Math.floor(value / 256);
  }
}
