/**
 * Patterns for arguments and directories. In an argument, `*` stands for any characters, `\*` and `\\` for themselves; a
 * last argument `**` stands for any further arguments. Matched in linear time: patterns come from agents.
 */

/** The pattern that matches this text and no other. */
export function exactPattern(text: string): string {
  return text.replace(/[\\*]/g, "\\$&");
}

/** Whether a list of arguments is what a list of patterns allows. */
export function matchesArguments(patterns: readonly string[], args: readonly string[]): boolean {
  const open = patterns.at(-1) === "**";
  const fixed = open ? patterns.slice(0, -1) : patterns;
  if (open ? args.length < fixed.length : args.length !== fixed.length) return false;
  return fixed.every((pattern, index) => matchesText(pattern, args[index] ?? ""));
}

/** Whether a directory is the one of the pattern, or below it where the pattern ends with `/**`. */
export function matchesDirectory(pattern: string, directory: string): boolean {
  if (!pattern.endsWith("/**")) return directory === pattern;
  const top = pattern.slice(0, -"/**".length);
  return directory === top || directory.startsWith(`${top}/`);
}

/** Whether a text is what one pattern allows. */
export function matchesText(pattern: string, text: string): boolean {
  const parts = literalParts(pattern);
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return text === first;
  const last = rest.pop() ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
    return false;
  }
  return containsInOrder(text.slice(first.length, text.length - last.length), rest);
}

/** The earliest place of each part is as good as any later one: nothing is ever tried twice. */
function containsInOrder(text: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

/** What stands between the stars, unescaped. */
function literalParts(pattern: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < pattern.length; at++) {
    const escaped = pattern[at] === "\\" && at + 1 < pattern.length;
    if (pattern[at] === "*") {
      parts.push(part);
      part = "";
    } else part += pattern.charAt(escaped ? ++at : at);
  }
  return [...parts, part];
}
