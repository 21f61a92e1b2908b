/** The `.env` file of the working directory: only the settings of this program are taken from it. */

import { parseDotenv } from "../../shared/dotenv.ts";
import { SETTING_NAMES, SETTINGS } from "../config_table.ts";

export interface DotenvFile {
  readonly values: Readonly<Record<string, string>>;
  /** For the log. Lines that belong to other programs may look as they like. */
  readonly warnings: readonly string[];
}

const OTHERS = 0o077;

/** Reads the file; one that is not there, or not ours to read, has nothing in it. */
export async function readDotenvFile(path: string): Promise<DotenvFile> {
  try {
    const [text, info] = await Promise.all([Deno.readTextFile(path), Deno.stat(path)]);
    const values = ourSettings(text);
    return { values, warnings: warningsFor(values, info.mode ?? 0) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { values: {}, warnings: [] };
    return { values: {}, warnings: [".env is there but cannot be read; its settings are not used"] };
  }
}

function ourSettings(text: string): Record<string, string> {
  const known = new Set(SETTING_NAMES.map((name) => SETTINGS[name].variable));
  const pairs = parseDotenv(text).flatMap((line) =>
    line.ok && known.has(line.name) ? [[line.name, line.value]] : []
  );
  return Object.fromEntries(pairs);
}

function warningsFor(values: Readonly<Record<string, string>>, mode: number): string[] {
  const holdsSecret = SETTING_NAMES.some((name) => {
    const { secret, variable } = SETTINGS[name];
    return secret === true && variable in values;
  });
  return holdsSecret && (mode & OTHERS) !== 0
    ? [".env holds a secret and other users can read it; give it mode 0600"]
    : [];
}
