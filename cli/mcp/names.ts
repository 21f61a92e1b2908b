/** Which names a tool call is about: those it gives, those of an env file, or all that is granted. */

import { isEnvName } from "../../shared/names.ts";
import { VaultError } from "../../shared/errors.ts";
import { wantedNames } from "../env_file.ts";

const FILES = [".env", ".env.example"] as const;

/** Null for all that is granted. @throws VaultError `request.invalid` */
export async function namesOf(
  given: readonly string[] | undefined,
  directory: string,
): Promise<readonly string[] | null> {
  if (given !== undefined) {
    if (given.every(isEnvName)) return given;
    throw new VaultError("request.invalid", "A name is none of an environment variable");
  }
  for (const file of FILES) {
    if (!await isFile(`${directory}/${file}`)) continue;
    const wanted = wantedNames(`${directory}/${file}`);
    return wanted.kind === "named" ? wanted.names : null;
  }
  return null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
