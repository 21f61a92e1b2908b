/** Secrets that a command needs from a person: from a file, the environment, or a terminal that shows nothing. */

import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { askHidden, LONGEST_LINE_BYTES, whileHidden } from "../../shared/terminal/hidden_line.ts";
import type { CliContext } from "../context.ts";

export interface SecretSource {
  /** Shown on a terminal. */
  readonly prompt: string;
  /** Asked a second time with this text: for what is set anew. */
  readonly repeatPrompt?: string;
  /** A file readable by nobody else, or undefined. */
  readonly file?: string | undefined;
  readonly fromEnvironment?: string | undefined;
  /** Message where there is no source and no terminal. */
  readonly missing: string;
}

/** Nobody else may read the file, and nobody of the group may replace what is in it. */
const REFUSED_MODE = 0o027;

/** One line, never blank. @throws VaultError `request.invalid`, `client.file_unsafe`, `client.interrupted` */
export async function readSecretLine(source: SecretSource, context: CliContext): Promise<string> {
  const text = (await fromSource(source, context)).trim();
  if (text !== "") return text;
  throw new VaultError("request.invalid", source.missing);
}

async function fromSource(source: SecretSource, { input }: CliContext): Promise<string> {
  if (source.file !== undefined) return await readSecretFile(source.file);
  if (source.fromEnvironment !== undefined) return source.fromEnvironment;
  if (!input.isTerminal()) return "";
  return whileHidden(input, () => {
    const first = askHidden(input, source.prompt);
    if (source.repeatPrompt === undefined || askHidden(input, source.repeatPrompt) === first) return first;
    throw new VaultError("request.invalid", "The two differ, so nothing was done; try again");
  });
}

async function readSecretFile(path: string): Promise<string> {
  const { isFile, mode, size } = await statOf(path);
  if (!isFile || size > LONGEST_LINE_BYTES) {
    throw new VaultError("client.file_unsafe", `${path} is not a file with one line; name another`);
  }
  if (((mode ?? 0) & REFUSED_MODE) !== 0) {
    throw new VaultError("client.file_unsafe", `${path} is open to other users; give it mode 0600 or 0400`);
  }
  const bytes = await Deno.readFile(path);
  const text = fromUtf8(bytes);
  wipe(bytes);
  if (text === undefined) throw new VaultError("client.file_unsafe", `${path} is not UTF-8 text`);
  return text;
}

async function statOf(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "it does not exist" : "permission denied";
    throw new VaultError("client.file_unsafe", `${path} cannot be read: ${reason}`, { cause });
  }
}
