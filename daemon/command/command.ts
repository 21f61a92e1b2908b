/**
 * The command of one run, looked at only when somebody has to know what it is: hashing a large program takes a while, and
 * most runs are of projects whose values are for any command.
 */

import type { CommandFacts } from "../../shared/api/command.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";
import { canonicalDirectory } from "../../shared/os/canonical_directory.ts";
import { type CommandLine, type ObservedProgram, observeProgram } from "./program.ts";
import { repositoryOf } from "./repository.ts";

/** What is about to run, held open so that it stays what was looked at. */
export interface ObservedCommand {
  readonly facts: CommandFacts;
  readonly program: ObservedProgram;
}

export class Command implements Disposable {
  readonly #hashes: ProgramHashes;
  readonly #line: CommandLine;
  readonly #held = new DisposableStack();
  #observed: Promise<ObservedCommand> | undefined;

  constructor(hashes: ProgramHashes, line: CommandLine) {
    this.#hashes = hashes;
    this.#line = line;
  }

  /** Looks once. @throws VaultError `child.not_found`, `child.not_executable`, `child.directory_gone` */
  observe(): Promise<ObservedCommand> {
    return this.#observed ??= this.#look();
  }

  [Symbol.dispose](): void {
    this.#held.dispose();
  }

  async #look(): Promise<ObservedCommand> {
    const directory = canonicalDirectory(this.#line.cwd);
    const program = this.#held.use(await observeProgram(this.#hashes, this.#line));
    const { files } = program;
    const repository = repositoryOf(directory) ?? null;
    return { facts: { files: [...files], args: [...this.#line.args], directory, repository }, program };
  }
}
