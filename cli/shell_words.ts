/** A command line as a person can paste it into a shell, whatever an agent put into it. */

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Words of letters and a few signs as they are, others in single quotes, and what cannot be seen as escapes of bash. */
export function shellWords(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  return HIDDEN.test(word) ? escaped(word) : `'${word.replaceAll("'", "'\\''")}'`;
}

function escaped(word: string): string {
  const parts = [...word].map((character) => {
    if (character === "\\" || character === "'") return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    return HIDDEN.test(character) ? `\\U${code.toString(16).padStart(8, "0")}` : character;
  });
  return `$'${parts.join("")}'`;
}
