/** A person at the terminal says yes; nobody there approves nothing, unless `--yes` says that somebody has looked. */

import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";

export interface Confirmable {
  /** Somebody has looked already. */
  readonly yes?: true | undefined;
}

/** @throws VaultError `request.invalid` where nobody can be asked */
export function isConfirmed(question: string, { yes }: Confirmable, { input }: CliContext): boolean {
  if (yes) return true;
  if (!input.isTerminal()) {
    throw new VaultError(
      "request.invalid",
      "Nobody is here to confirm; add --yes once you have looked at it",
    );
  }
  input.say(`${question} [y/N] `);
  return /^y(?:es)?$/i.test(readAnswer(input).trim());
}

function readAnswer(input: CliContext["input"]): string {
  const buffer = new Uint8Array(256);
  const count = input.readSync(buffer);
  return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
}

/** The exit code of a decision that was not taken. */
export function notDone({ terminal }: CliContext, what = "Nothing was decided"): number {
  terminal.note(what);
  return EXIT.failure;
}
