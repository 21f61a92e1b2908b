/**
 * A line that somebody types and nobody sees: passwords, tokens, recovery shares. Read key by key from a raw terminal,
 * or as a line of standard input where that is no terminal. Every buffer a line passes through is overwritten.
 */

import { wipe } from "../crypto/wipe.ts";
import { fromUtf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";

/** The terminal or pipe that lines are read from; a test gives its own. */
export interface LineInput {
  isTerminal(): boolean;
  /** As `Deno.stdin.readSync`. */
  readSync(bytes: Uint8Array): number | null;
  setRaw(raw: boolean): void;
  /** Shows a prompt, not on standard output. */
  say(text: string): void;
}

/** No password is this long; a wrong file or a stuck pipe might be. */
export const LONGEST_LINE_BYTES = 4_096;

const KEY = {
  interrupt: 3,
  endOfInput: 4,
  backspace: 8,
  lineFeed: 10,
  enter: 13,
  clearLine: 21,
  rubout: 127,
} as const;

/** The terminal shows nothing from before the first prompt to after the last line: what is typed early stays hidden. */
export function whileHidden<T>(input: LineInput, questions: () => T): T {
  input.setRaw(true);
  try {
    return questions();
  } finally {
    input.setRaw(false);
  }
}

/**
 * One line from a raw terminal, see {@linkcode whileHidden}. Keys that end or edit it are handled here, for a raw
 * terminal does nothing by itself.
 * @throws VaultError `client.interrupted`, `request.invalid` for a line that is not UTF-8
 */
export function askHidden(input: LineInput, prompt: string): string {
  input.say(prompt);
  const line = new HiddenLine();
  try {
    for (const key of keysOf(input)) if (line.press(key)) break;
  } finally {
    input.say("\r\n");
  }
  return line.take();
}

/**
 * The next line of an input that is no terminal, without its end; empty at the end of the input.
 * @throws VaultError `request.invalid` for a line that is not UTF-8
 */
export function readPlainLine(input: LineInput): string {
  const line = new HiddenLine();
  for (const key of keysOf(input)) {
    if (key === KEY.lineFeed) break;
    line.add(key);
  }
  return line.take().replace(/\r$/, "");
}

function* keysOf(input: LineInput): Generator<number> {
  const byte = new Uint8Array(1);
  while (input.readSync(byte) === 1) yield byte[0] ?? 0;
}

class HiddenLine {
  readonly #bytes = new Uint8Array(LONGEST_LINE_BYTES);
  #length = 0;

  /** Takes a key of a raw terminal. Whether the line is complete. */
  press(key: number): boolean {
    switch (key) {
      case KEY.enter:
      case KEY.lineFeed:
      case KEY.endOfInput:
        return true;
      case KEY.interrupt:
        throw new VaultError("client.interrupted", "The question was interrupted; nothing was done");
      case KEY.backspace:
      case KEY.rubout:
        this.#dropLast();
        return false;
      case KEY.clearLine:
        this.#length = 0;
        return false;
      default:
        this.add(key);
        return false;
    }
  }

  /** Takes a byte as it is. */
  add(byte: number): void {
    if (this.#length < LONGEST_LINE_BYTES) this.#bytes[this.#length++] = byte;
  }

  take(): string {
    try {
      const text = fromUtf8(this.#bytes.subarray(0, this.#length));
      if (text === undefined) throw new VaultError("request.invalid", "The line is not UTF-8 text");
      return text;
    } finally {
      wipe(this.#bytes);
    }
  }

  /** One character: bytes of the form 10xxxxxx go with the one before them. */
  #dropLast(): void {
    while (this.#length > 0 && ((this.#bytes[--this.#length] ?? 0) & 0xc0) === 0x80);
  }
}
