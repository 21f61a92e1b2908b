/**
 * Which names a command wants, read with the caller's rights in the caller's directory: from `--env-file`, from
 * `CORTEX_ENV_FILE`, else `./.env`, else `./.env.example`, else all that is granted. Only names leave this file:
 * values stay where they were read.
 */

import { dotenvNames } from "../shared/dotenv.ts";
import { VaultError } from "../shared/errors.ts";
import { isEnvName } from "../shared/names.ts";

export type WantedNames =
  | { readonly kind: "named"; readonly file: string; readonly names: readonly string[] }
  | { readonly kind: "all_granted" };

const DEFAULT_FILES = [".env", ".env.example"] as const;
/** A name alone on its line; nothing that could be a line of base64. */
const BARE_NAME = /^\s*(?:export\s+)?[A-Z_][A-Z0-9_]*\s*$/;
const VALUE_IN_QUOTES = /^[^=#]*=\s*(["'])(.*)$/;
/** No list of names is this long; a larger file is the wrong file. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads the names. `named` is the file that was asked for, if any: it has to be there.
 * @throws VaultError `request.invalid` naming the path
 */
export function wantedNames(named: string | undefined): WantedNames {
  const file = named || DEFAULT_FILES.find(isFile);
  if (file === undefined) return { kind: "all_granted" };
  return { kind: "named", file, names: declaredNames(readText(file)) };
}

/**
 * The names of a dotenv text that are safe to send. A value may run over several lines (a PEM key): its lines are
 * skipped, because a line without `=` would else count as a name and leave this machine.
 */
export function declaredNames(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)) {
    if (open !== undefined) {
      if (hasClosing(line, open)) open = undefined;
      continue;
    }
    if (!line.includes("=") && !BARE_NAME.test(line)) continue;
    lines.push(line);
    const value = VALUE_IN_QUOTES.exec(line);
    if (value !== null && !hasClosing(value[2] ?? "", value[1] ?? "")) open = value[1];
  }
  return dotenvNames(lines.join("\n")).filter(isEnvName);
}

function hasClosing(text: string, quote: string): boolean {
  return text.replace(/\\./g, "").includes(quote);
}

/** The names as dotenv text without values: what a discover sends. */
export function namesAsDotenv(names: readonly string[]): string {
  return names.map((name) => `${name}=\n`).join("");
}

/** A directory called `.env` is somebody's virtual environment, not our file. */
function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw unreadable(path, error);
  }
}

function readText(path: string): string {
  try {
    const bytes = Deno.readFileSync(path);
    if (bytes.byteLength <= MAX_BYTES) return new TextDecoder().decode(bytes);
  } catch (error) {
    throw unreadable(path, error);
  }
  throw new VaultError(
    "request.invalid",
    `The env file ${path} is larger than 1 MiB; name a file with the names only`,
  );
}

function unreadable(path: string, cause: unknown): VaultError {
  const why = cause instanceof Deno.errors.NotFound
    ? "is not there"
    : cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable
    ? "cannot be read by you"
    : "is not a readable file";
  const message = `The env file ${path} ${why}; name another by --env-file, or leave it out`;
  return new VaultError("request.invalid", message, { cause });
}
