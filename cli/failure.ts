/**
 * How a failure leaves the program: one line that says what failed and one that says what to do, or with `--json` one
 * JSON object on a line of standard error; then the exit code that belongs to the code. A bug says so and shows no more.
 */

import { EXIT, exitCode, toWireError, VaultError } from "../shared/errors.ts";
import { nextStep } from "./next_step.ts";
import { tellUser } from "./tell_user.ts";
import type { Terminal } from "./terminal.ts";

/** Says the failure on standard error and returns its exit code. */
export function reportFailure(error: unknown, terminal: Terminal, json: boolean): number {
  const failure = error instanceof VaultError ? error : unexpected(error);
  const next = nextStep(failure.code);
  if (json) terminal.note(JSON.stringify(failureJson(failure, next)));
  else reportText(failure, next, terminal);
  return exitCode(failure.code);
}

/** Says a mistake in how the command was called. */
export function reportUsage(
  message: string,
  command: readonly string[],
  terminal: Terminal,
  json: boolean,
): number {
  const next = `See ${["cortex", ...command, "--help"].join(" ")}`;
  if (json) {
    terminal.note(JSON.stringify({ ok: false, error: message, error_code: "usage", next_step: next }));
  } else terminal.note(`${terminal.paint("red", "cortex:")} ${message}\n  ${next}`);
  return EXIT.usage;
}

function reportText(failure: VaultError, next: string | undefined, terminal: Terminal): void {
  terminal.note(`${terminal.paint("red", "cortex:")} ${failure.message}`);
  if (failure.retryAfter !== undefined) terminal.note(`  Try again in ${failure.retryAfter} s`);
  if (next !== undefined) terminal.note(`  ${next}`);
}

function failureJson(failure: VaultError, next: string | undefined): Record<string, unknown> {
  const tell = tellUser(failure.code);
  return {
    ok: false,
    ...toWireError(failure),
    ...(failure.retryAfter === undefined ? {} : { retry_after: failure.retryAfter }),
    ...(next === undefined ? {} : { next_step: next }),
    ...(tell === undefined ? {} : { tell_user: tell }),
  };
}

/** The text of an unforeseen error may quote anything: only its kind is said. */
function unexpected(error: unknown): VaultError {
  const kind = error instanceof Error ? error.name : typeof error;
  return new VaultError("server.internal", `Something unforeseen went wrong inside cortex (${kind})`, {
    details: { kind },
  });
}
