/**
 * Where the unseal password comes from: the environment, a file, the terminal (hidden), or one line of standard input
 * where that is no terminal. Nothing here prints it, and every buffer it passes through is overwritten.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { StartupError } from "../startup_error.ts";

/** The terminal or pipe that the password is read from; a test gives its own. */
export interface PasswordInput {
  isTerminal(): boolean;
  /** As `Deno.stdin.readSync`. */
  readSync(bytes: Uint8Array): number | null;
  setRaw(raw: boolean): void;
  /** Shows a prompt, not on standard output. */
  say(text: string): void;
}

export interface PasswordSources {
  readonly fromEnvironment: string | undefined;
  readonly file: string | undefined;
  readonly input: PasswordInput;
  /** A new password is asked for twice on a terminal: a mistyped one would lock everybody out. */
  readonly isNew: boolean;
}

/** No password is this long; a wrong file or a stuck pipe might be. */
const LONGEST_BYTES = 4_096;
/** Nobody else may read the file, and nobody of the group may replace what is in it. */
const REFUSED_MODE = 0o027;

/** @throws StartupError where no source gives a password */
export async function readPassword(sources: PasswordSources): Promise<string> {
  const { fromEnvironment, file, input, isNew } = sources;
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (file !== undefined) return await readPasswordFile(file);
  if (!input.isTerminal()) return readFirstLine(input);
  return hidden(input, isNew ? askTwice : askOnce);
}

async function readPasswordFile(path: string): Promise<string> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    if (!isFile) throw new StartupError("CORTEX_KEK_PASSWORD_FILE is not a file; name a file");
    if (((mode ?? 0) & REFUSED_MODE) !== 0) {
      throw new StartupError("CORTEX_KEK_PASSWORD_FILE is open to other users; give it mode 0600 or 0400");
    }
    return decode(await readBounded(path)).replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : "permission denied";
    throw new StartupError(`CORTEX_KEK_PASSWORD_FILE cannot be read: ${reason}`);
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  if (bytes.byteLength <= LONGEST_BYTES) return bytes;
  wipe(bytes);
  throw new StartupError("CORTEX_KEK_PASSWORD_FILE is too long for a password");
}

function askOnce(input: PasswordInput): string {
  return ask(input, "Unseal password: ");
}

function askTwice(input: PasswordInput): string {
  const first = ask(input, "New unseal password (it cannot be recovered): ");
  if (ask(input, "The same once more: ") === first) return first;
  throw new StartupError("The two passwords differ, so nothing was made; start again");
}

/** The terminal shows nothing from before the first prompt to after the last line: what is typed early stays hidden. */
function hidden(input: PasswordInput, question: (input: PasswordInput) => string): string {
  input.setRaw(true);
  try {
    return question(input);
  } finally {
    input.setRaw(false);
  }
}

/** One line. Keys that end or edit it are handled here, for a raw terminal does nothing by itself. */
function ask(input: PasswordInput, prompt: string): string {
  input.say(prompt);
  const line = new HiddenLine();
  try {
    for (const key of keysOf(input)) if (line.press(key)) break;
  } finally {
    input.say("\r\n");
  }
  return line.take();
}

function* keysOf(input: PasswordInput): Generator<number> {
  const byte = new Uint8Array(1);
  while (input.readSync(byte) === 1) yield byte[0] ?? 0;
}

const KEY = {
  interrupt: 3,
  endOfInput: 4,
  backspace: 8,
  lineFeed: 10,
  enter: 13,
  clearLine: 21,
  rubout: 127,
} as const;

class HiddenLine {
  readonly #bytes = new Uint8Array(LONGEST_BYTES);
  #length = 0;

  /** Whether the line is complete. */
  press(key: number): boolean {
    switch (key) {
      case KEY.enter:
      case KEY.lineFeed:
      case KEY.endOfInput:
        return true;
      case KEY.interrupt:
        throw new StartupError("Unsealing was interrupted");
      case KEY.backspace:
      case KEY.rubout:
        this.#dropLast();
        return false;
      case KEY.clearLine:
        this.#length = 0;
        return false;
      default:
        if (this.#length < LONGEST_BYTES) this.#bytes[this.#length++] = key;
        return false;
    }
  }

  take(): string {
    try {
      return decode(this.#bytes.subarray(0, this.#length));
    } finally {
      wipe(this.#bytes);
    }
  }

  /** One character: bytes of the form 10xxxxxx go with the one before them. */
  #dropLast(): void {
    while (this.#length > 0 && ((this.#bytes[--this.#length] ?? 0) & 0xc0) === 0x80);
  }
}

function readFirstLine(input: PasswordInput): string {
  const line = new HiddenLine();
  for (const key of keysOf(input)) {
    if (key === KEY.lineFeed || line.press(key === KEY.enter ? 0x20 : key)) break;
  }
  const text = line.take();
  if (text.trim() !== "") return text;
  throw new StartupError(
    "There is no unseal password; set CORTEX_KEK_PASSWORD_FILE or CORTEX_KEK_PASSWORD, or give one line on standard input",
  );
}

function decode(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  wipe(bytes);
  if (text === undefined) throw new StartupError("The unseal password is not UTF-8 text");
  return text;
}
