/** The words after `cortex-server NAME`. What was typed is never repeated: a password may have slipped in. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { StartupError } from "../startup_error.ts";
import type { CommandIo } from "./command.ts";

/** Options without a value are `boolean`. */
export type OptionTable = Readonly<
  Record<string, { readonly type: "boolean" | "string"; readonly multiple?: true }>
>;

export interface CommandLine {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  /** Of an option that may come several times. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** @throws StartupError for an option that is not in the table */
export function readCommandLine(args: readonly string[], options: OptionTable): CommandLine {
  const config: ParseArgsConfig = { args: [...args], options: { ...options }, allowPositionals: true };
  try {
    const { values, positionals } = parseArgs(config);
    return {
      words: positionals,
      text: (name) => typeof values[name] === "string" ? values[name] : undefined,
      texts: (name) => [values[name]].flat().filter((value) => typeof value === "string"),
      flag: (name) => values[name] === true,
    };
  } catch {
    const known = Object.keys(options).map((name) => `--${name}`).join(", ");
    throw new StartupError(
      `There is an unknown option, or one without its value; there are ${known}, and --help says what they do`,
    );
  }
}

/** The database of a command: `--database`, else `DATABASE_URL`; a path with or without `sqlite://`. */
export function databasePath(line: CommandLine, io: CommandIo): string {
  const text = line.text("database") ?? io.env("DATABASE_URL");
  if (text === undefined) throw new StartupError("There is no database; give --database or set DATABASE_URL");
  const path = /^(?:sqlite:(?:\/\/)?)?([^?#:][^?#]*)$/.exec(text)?.[1];
  if (path !== undefined) return path;
  throw new StartupError("--database takes a path, or sqlite:// and a path");
}
