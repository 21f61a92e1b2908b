/**
 * One cheap pass over the bytes of a JSON text before `JSON.parse` sees them: nesting, number of members and repeated
 * names. It bounds what parsing can cost; whether the text is JSON at all is left to the parser.
 */

/** Deeper than any body of this API; `JSON.parse` recurses, so depth is what can hurt it. */
const MAX_DEPTH = 64;
/** Commas and names together: an import is one long text, so real bodies have dozens. */
const MAX_MEMBERS = 20_000;

export type ScanProblem = "too_deep" | "too_many" | "repeated_name";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const ascii = new TextDecoder();

/** What makes the text unacceptable, or undefined. */
export function scanJson(bytes: Uint8Array): ScanProblem | undefined {
  /** Names seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let members = 0;
  let text: readonly [number, number] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const end = endOfString(bytes, at);
        text = [at, end];
        at = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (open.push(bytes[at] === OPEN_OBJECT ? new Set() : null) > MAX_DEPTH) return "too_deep";
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        break;
      case COMMA:
        if (++members > MAX_MEMBERS) return "too_many";
        break;
      case COLON:
        if (++members > MAX_MEMBERS) return "too_many";
        if (isRepeated(open.at(-1), nameAt(bytes, text))) return "repeated_name";
    }
  }
  return undefined;
}

/** The place of the closing quote, or the end of the text where there is none. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

/** The name as the parser will read it: escapes would otherwise hide that two names are the same. */
function nameAt(bytes: Uint8Array, [start, end]: readonly [number, number]): string {
  const name = ascii.decode(bytes.subarray(start + 1, end));
  if (!name.includes("\\")) return name;
  try {
    return String(JSON.parse(`"${name}"`));
  } catch {
    return name;
  }
}

function isRepeated(names: Set<string> | null | undefined, name: string): boolean {
  if (names === null || names === undefined) return false;
  if (names.has(name)) return true;
  names.add(name);
  return false;
}
