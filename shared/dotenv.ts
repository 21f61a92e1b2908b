/**
 * Dotenv text, read in two ways: only the names (discover never needs more), or names and values for an import
 * (section 11 of the wire contract). Errors give the line number and what is wrong, never the line.
 */

import { isEnvName } from "./names.ts";

const EXPORT = /^export\s+/;

/**
 * The names that a dotenv text asks for, in order, without repeats (section 7.1). `export NAME=…` counts as `NAME`;
 * blank lines and comments are skipped; a line without `=` is a name by itself.
 */
export function dotenvNames(text: string): string[] {
  const names = new Set<string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const entry = line.trim();
    if (entry === "" || entry.startsWith("#")) continue;
    const name = (entry.replace(EXPORT, "").split("=", 1)[0] ?? "").trim();
    if (name !== "") names.add(name);
  }
  return [...names];
}

/** One line of an import: an assignment, or what keeps it from being one. */
export type DotenvLine =
  | { readonly line: number; readonly ok: true; readonly name: string; readonly value: string }
  | { readonly line: number; readonly ok: false; readonly problem: string };

/** Reads every assignment of a dotenv text; blank lines and comments give nothing. Lines count from 1. */
export function parseDotenv(text: string): DotenvLine[] {
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/).flatMap((raw, index) => {
    const entry = raw.trim();
    return entry === "" || entry.startsWith("#") ? [] : [parseLine(entry, index + 1)];
  });
}

function parseLine(entry: string, line: number): DotenvLine {
  const assignment = entry.replace(EXPORT, "");
  const equals = assignment.indexOf("=");
  const fail = (problem: string): DotenvLine => ({ line, ok: false, problem });
  if (equals < 1) return fail("Not an assignment; write NAME=value");
  const name = assignment.slice(0, equals).trim();
  if (!isEnvName(name)) return fail("The name needs letters, digits and '_', and no digit first");
  const value = parseValue(assignment.slice(equals + 1).trim());
  if (value === undefined) return fail("The quote is not closed on this line, or text follows it");
  return value === "" ? fail("The value is empty") : { line, ok: true, name, value };
}

function parseValue(text: string): string | undefined {
  if (text.startsWith('"')) {
    return parseQuoted(text, '"', { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" });
  }
  if (text.startsWith("'")) return parseQuoted(text, "'", { "'": "'" });
  return text.replace(/(^|\s)#.*$/, "").trim();
}

function parseQuoted(
  text: string,
  quote: string,
  escapes: Readonly<Record<string, string>>,
): string | undefined {
  let value = "";
  for (let at = 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === quote) return /^(\s*|\s+#.*)$/.test(text.slice(at + 1)) ? value : undefined;
    const escaped = char === "\\" ? escapes[text.charAt(at + 1)] : undefined;
    value += escaped ?? char;
    if (escaped !== undefined) at++;
  }
  return undefined;
}
