/** What a server of tools may touch: the projects and directories it was started for. */

import { VaultError } from "../../shared/errors.ts";
import { parseProjectName } from "../../shared/names.ts";

export interface ScopeOptions {
  /** Used where a call names none. */
  readonly project: string | undefined;
  /** All others are refused; none is where the list is empty. */
  readonly allowed: readonly string[];
  /** Where programs run that name no directory. Absolute. */
  readonly directory: string;
}

export class Scope {
  readonly #options: ScopeOptions;

  constructor(options: ScopeOptions) {
    this.#options = options;
  }

  /** @throws VaultError `request.invalid` for none, or one that is not allowed here */
  project(named: string | undefined): string {
    const { project, allowed } = this.#options;
    const name = named ?? project;
    if (name === undefined) {
      throw new VaultError(
        "request.invalid",
        "No project is named; give 'project', ask the user which one it is",
      );
    }
    const known = parseProjectName(name);
    if (allowed.length === 0 || allowed.includes(known) || known === project) return known;
    throw new VaultError(
      "request.invalid",
      "This server of tools was started for other projects; ask the user",
    );
  }

  /** @throws VaultError `request.invalid`, `child.directory_gone` */
  async directory(named: string | undefined): Promise<string> {
    const path = named ?? this.#options.directory;
    if (!path.startsWith("/")) {
      throw new VaultError("request.invalid", "The directory has to be an absolute path");
    }
    const found = await Deno.stat(path).catch(() => undefined);
    if (found?.isDirectory === true) return path;
    throw new VaultError("child.directory_gone", "There is no such directory, or it is closed to this user");
  }
}
