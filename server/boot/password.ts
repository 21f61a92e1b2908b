/**
 * Where the unseal password comes from: the environment, a file, the terminal (hidden), or one line of standard input
 * where that is no terminal. Nothing here prints it, and every buffer it passes through is overwritten.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import {
  askHidden,
  type LineInput,
  LONGEST_LINE_BYTES,
  readPlainLine,
  whileHidden,
} from "../../shared/terminal/hidden_line.ts";
import { StartupError } from "../startup_error.ts";

export interface PasswordSources {
  readonly fromEnvironment: string | undefined;
  readonly file: string | undefined;
  readonly input: LineInput;
  /** A new password is asked for twice on a terminal: a mistyped one would lock everybody out. */
  readonly isNew: boolean;
}

/** Nobody else may read the file, and nobody of the group may replace what is in it. */
const REFUSED_MODE = 0o027;

/** @throws StartupError where no source gives a password */
export async function readPassword(sources: PasswordSources): Promise<string> {
  const { fromEnvironment, file, input, isNew } = sources;
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (file !== undefined) return await readPasswordFile(file, "CORTEX_KEK_PASSWORD_FILE");
  if (!input.isTerminal()) return readFirstLine(input);
  return whileHidden(input, () => isNew ? askTwice(input) : askOnce(input));
}

/** The text of a file that nobody else may read. `variable` names the setting that named it. @throws StartupError */
export async function readPasswordFile(path: string, variable: string): Promise<string> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    if (!isFile) throw new StartupError(`${variable} is not a file; name a file`);
    if (((mode ?? 0) & REFUSED_MODE) !== 0) {
      throw new StartupError(`${variable} is open to other users; give it mode 0600 or 0400`);
    }
    return decode(await readBounded(path, variable), variable).replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : "permission denied";
    throw new StartupError(`${variable} cannot be read: ${reason}`);
  }
}

async function readBounded(path: string, variable: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  if (bytes.byteLength <= LONGEST_LINE_BYTES) return bytes;
  wipe(bytes);
  throw new StartupError(`${variable} is too long`);
}

function askOnce(input: LineInput): string {
  return askHidden(input, "Unseal password: ");
}

function askTwice(input: LineInput): string {
  const first = askHidden(input, "New unseal password (it cannot be recovered): ");
  if (askHidden(input, "The same once more: ") === first) return first;
  throw new StartupError("The two passwords differ, so nothing was made; start again");
}

function readFirstLine(input: LineInput): string {
  const text = readPlainLine(input);
  if (text.trim() !== "") return text;
  throw new StartupError(
    "There is no unseal password; set CORTEX_KEK_PASSWORD_FILE or CORTEX_KEK_PASSWORD, or give one line on standard input",
  );
}

function decode(bytes: Uint8Array, variable: string): string {
  const text = fromUtf8(bytes);
  wipe(bytes);
  if (text === undefined) throw new StartupError(`${variable} is not UTF-8 text`);
  return text;
}
