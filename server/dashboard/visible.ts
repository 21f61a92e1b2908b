/**
 * Text that others chose, made safe to look at: what would turn the order of letters around, hide or break the line is shown
 * by its number. Markup needs no care here: JSX escapes every text.
 */

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u00a0\u115f\u1160\u3164\uffa0]/u;
const EACH_UNSEEN = new RegExp(UNSEEN, "gu");

/** A piece that is shown as it is, or the number of a character that cannot be seen. */
export interface VisiblePart {
  readonly text: string;
  readonly mark: boolean;
}

function numberOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** As one text, for attributes and titles. */
export function visible(text: string): string {
  return text.replaceAll(EACH_UNSEEN, (character) => `⟨${numberOf(character)}⟩`);
}

/** As pieces, for marking what cannot be seen. */
export function visibleParts(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(EACH_UNSEEN)) {
    if (index > from) parts.push({ text: text.slice(from, index), mark: false });
    parts.push({ text: numberOf(character), mark: true });
    from = index + character.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), mark: false });
  return parts;
}
