/** What tools answer: text for the model and the same as data. A failure says what to do next, and what to tell the human. */

import { toWireError, VaultError } from "../../shared/errors.ts";
import { nextStep } from "../next_step.ts";
import { tellUser } from "../tell_user.ts";

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
  const next = nextStep(known.code);
  const tell = tellUser(known.code);
  const facts = {
    error: message,
    error_code,
    ...(next === undefined ? {} : { next_step: next }),
    ...(tell === undefined ? {} : { tell_user: tell }),
    ...(details === undefined ? {} : { details }),
  };
  const lines = [
    message,
    ...(next === undefined ? [] : [`Next: ${next}`]),
    ...(tell === undefined ? [] : [`Tell the user: ${tell}`]),
    `Code: ${error_code}`,
  ];
  return { content: [{ type: "text", text: lines.join("\n") }], structuredContent: facts, isError: true };
}
