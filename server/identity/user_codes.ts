/**
 * User codes of the device flow (RFC 8628 section 6.1): eight symbols that nobody mistakes for one another. The alphabet
 * has 32, so five random bits make a symbol and none is likelier than another.
 */

import { randomBytes } from "../../shared/crypto/random.ts";

const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const GROUP = 4;
const SYMBOLS = 2 * GROUP;

/** `XXXX-XXXX`: 40 bits, of which a person types each. */
export function newUserCode(): string {
  const symbols = [...randomBytes(SYMBOLS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
  return withHyphen(symbols);
}

/** What somebody typed as a code in its one form; undefined where it cannot be one. */
export function parseUserCode(text: string): string | undefined {
  const symbols = text.trim().toUpperCase().replace(/^(.{4})[- ]?(.{4})$/, "$1$2");
  if (symbols.length !== SYMBOLS) return undefined;
  return [...symbols].every((symbol) => ALPHABET.includes(symbol)) ? withHyphen(symbols) : undefined;
}

function withHyphen(symbols: string): string {
  return `${symbols.slice(0, GROUP)}-${symbols.slice(GROUP)}`;
}
