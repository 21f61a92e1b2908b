/** What tools answer: text for the model and the same as data. A failure says what to do next, and what to tell the human. */

import { type ErrorCode, toWireError, VaultError } from "../../shared/errors.ts";
import { nextStep } from "../next_step.ts";
import { tellUser } from "../tell_user.ts";

/** Where the way on is a tool, not an option of the command line. */
const NEXT_TOOLS: Partial<Readonly<Record<ErrorCode, string>>> = {
  "command.required": "Call request_access with exactly this command, and tell an admin",
  "command.not_covered":
    "Call explain with the command to see what is approved, or request_access to ask for it",
  "grant.pending": "Wait until an admin has approved it, then call run_command again",
  "request.invalid": "Correct what the message names; the tool's own schema says what it takes",
  "client.wait_timeout": "Call run_command again, with a longer timeout_seconds if the program needs it",
};

/** As the SDK takes a tool's result. */
export interface ToolAnswer {
  readonly [key: string]: unknown;
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}

/** A result; `text` is what a model reads, `data` what a program reads. */
export function answer(text: string, data: Record<string, unknown>): ToolAnswer {
  return { content: [{ type: "text", text }], structuredContent: data };
}

/** A failure as the tool's result, so that the model can act on it. */
export function failure(error: unknown): ToolAnswer {
  const known = error instanceof VaultError
    ? error
    : new VaultError("server.internal", "Something unforeseen went wrong inside cortex");
  const { error: message, error_code, details } = toWireError(known);
  const next = NEXT_TOOLS[known.code] ?? nextStep(known.code);
  const tell = tellUser(known.code);
  const facts = {
    error: message,
    error_code,
    ...(next === undefined ? {} : { next_step: next }),
    ...(tell === undefined ? {} : { tell_user: tell }),
    ...(details === undefined ? {} : { details }),
    ...(known.retryAfter === undefined ? {} : { retry_after: known.retryAfter }),
  };
  const lines = [
    message,
    ...(next === undefined ? [] : [`Next: ${next}`]),
    ...(tell === undefined ? [] : [`Tell the user: ${tell}`]),
    ...(known.retryAfter === undefined ? [] : [`Not before ${known.retryAfter} s have passed`]),
    `Code: ${error_code}`,
  ];
  return { content: [{ type: "text", text: lines.join("\n") }], structuredContent: facts, isError: true };
}
