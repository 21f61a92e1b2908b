/** The answer of `POST /agent/discover`, as far as the command line reads it (section 2.2 of the wire contract). */

import { printableLine } from "../shared/client/answer_error.ts";

export interface Discovered {
  readonly project_token: string;
  readonly token_expires_at: string;
  readonly unmatched_keys: readonly string[];
}

/** Undefined where the answer is something else. */
export function parseDiscovered(value: unknown): Discovered | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { project_token, token_expires_at, unmatched_keys = [] }: Partial<Record<string, unknown>> = {
    ...value,
  };
  if (typeof project_token !== "string" || !/^[\x21-\x7e]+$/.test(project_token)) return undefined;
  if (typeof token_expires_at !== "string" || !Array.isArray(unmatched_keys)) return undefined;
  return {
    project_token,
    token_expires_at: printableLine(token_expires_at, 40),
    unmatched_keys: unmatched_keys.map((name) => printableLine(String(name), 255)),
  };
}
