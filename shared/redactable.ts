/**
 * Which values can be told apart from ordinary output. Replacing every `e`, `true` or `8080` in what a program prints would
 * make noise of it and hide nothing; so such values are not looked for, and the vault takes them only when whoever stores them says
 * that they need not be.
 */

import { fromUtf8 } from "./encoding.ts";

/** Shortest value, line or member that is looked for, in bytes. */
export const MIN_REDACTABLE = 8;
/** Fewest different bytes in it: `--------` and `00000000` are separators, not secrets. */
export const MIN_DIFFERENT = 5;

const COMMON = new Set([
  "localhost",
  "127.0.0.1",
  "password",
  "production",
  "development",
  "undefined",
  "disabled",
  "service_account",
  "authorized_user",
]);

/** Whether a value is long and varied enough to be looked for in what programs print. */
export function isRedactable(value: Uint8Array): boolean {
  if (value.byteLength < MIN_REDACTABLE || new Set(value).size < MIN_DIFFERENT) return false;
  const text = fromUtf8(value)?.trim().toLowerCase();
  return text === undefined || !(COMMON.has(text) || /^\d{1,9}$/.test(text));
}
