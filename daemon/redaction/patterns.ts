/**
 * From the values of a run to the byte strings to look for. A value that is short or common is not looked for: replacing
 * every `e`, `true` or `8080` would make noise of ordinary output and hide nothing. Its name is reported instead.
 */

import { fromUtf8, utf8 } from "../../shared/encoding.ts";
import { isRedactable } from "../../shared/redactable.ts";
import { commonFormsOf, formsOf } from "./encodings.ts";

export interface NamedValue {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface Pattern {
  /** What the replacement calls the value. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly foldsSpace: boolean;
}

export interface PatternSet {
  readonly patterns: readonly Pattern[];
  /** Names of values that are too short or too common to be redacted. */
  readonly unprotected: readonly string[];
}

/** Shortest encoded form that is looked for: what base64 leaves of the shortest value. */
export const MIN_FORM_LENGTH = 8;

/** Longer values are looked for piece by piece, so that neither the automaton nor what a stream holds back grows with them. */
const PIECE_LENGTH = 256;
/** Values above this (certificates, whole files) are looked for in their commonest forms only. */
const ALL_FORMS_LENGTH = 8 * 1024;

/** All patterns of a run's values. The same bytes under two names are reported under the first. */
export function buildPatterns(values: readonly NamedValue[]): PatternSet {
  const patterns = values.flatMap((named) => patternsOf(named));
  const unprotected = values.filter(({ value }) => value.byteLength > 0 && !isRedactable(value))
    .map(({ name }) => name);
  return { patterns, unprotected };
}

function patternsOf({ name, value }: NamedValue): Pattern[] {
  const forms = value.byteLength > ALL_FORMS_LENGTH ? commonFormsOf : formsOf;
  return partsOf(value).flatMap(piecesOf).filter(isRedactable)
    .flatMap((piece) => forms(piece, fromUtf8(piece)))
    .filter(({ bytes }) => bytes.byteLength >= MIN_FORM_LENGTH)
    .map((form) => ({ name, ...form }));
}

/** The last piece reaches back into the one before, so that it is never too short to be looked for. */
function piecesOf(part: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (at + PIECE_LENGTH < part.byteLength) {
    const end = characterStart(part, at + PIECE_LENGTH);
    pieces.push(part.subarray(at, end));
    at = end;
  }
  return [...pieces, part.subarray(characterStart(part, Math.max(0, part.byteLength - PIECE_LENGTH)))];
}

/** Where the UTF-8 character begins that `at` is in; `at` itself in bytes that are no text. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let start = at; start >= 0 && start > at - 4; start--) {
    if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  }
  return at;
}

/** The value, its lines where it has several, its string members where it is JSON, and theirs: each may be printed alone. */
function partsOf(value: Uint8Array): Uint8Array[] {
  const text = fromUtf8(value);
  if (text === undefined) return [value];
  const trimmed = text.trim();
  return [...new Set([text, ...textParts(trimmed), ...jsonStrings(trimmed).flatMap(textParts)])].map(utf8);
}

function textParts(text: string): string[] {
  const trimmed = text.trim();
  const lines = trimmed.split(/\r\n|\n|\r/);
  return [
    text,
    trimmed,
    ...(lines.length > 1 ? lines.map((line) => line.trim()).filter((line) => !ARMOUR.test(line)) : []),
    ...credentialsOf(trimmed),
  ];
}

/** The first and the last line of a PEM file (RFC 7468) are the same in all of them. */
const ARMOUR = /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/;

/** Where a connection string keeps what lets somebody in; the shortest token is longer than most user names. */
const CREDENTIALS: readonly RegExp[] = [
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:]*:([^\s]+)@/gi,
  /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s:@]{16,})@/gi,
  /(?:^|[?&;\s])(?:password|passwd|pwd|token|access_token|secret|api_?key|sig)\s*=\s*'?([^&;\s'#]+)/gi,
];

/** Passwords and tokens in the address of a database or service, as they stand there and as they are meant. */
function credentialsOf(text: string): string[] {
  return CREDENTIALS.flatMap((pattern) => [...text.matchAll(pattern)])
    .flatMap(([, credential = ""]) => [credential, percentDecoded(credential)]);
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function jsonStrings(text: string): string[] {
  if (!/^[[{]/.test(text)) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (_, member) => {
      if (typeof member === "string") found.push(member);
      return member;
    });
  } catch {
    return [];
  }
  return found;
}
