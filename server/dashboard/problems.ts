/** What the API refused, in the language of the page where it has words for it, beside the field that it is about. */

import { type ErrorCode, httpStatus, VaultError, wireCode } from "../../shared/errors.ts";
import type { FormProblem, PageAnswer, PageView } from "./page.ts";
import { type Translate, wordKey } from "./words/words.ts";

/** Fields of our forms that a refusal is about, whichever the form has. */
const FIELDS_OF_CODE: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  "agent.exists": ["agent_id"],
  "agent.not_found": ["agent_id"],
  "allowlist.exists": ["binary_sha256"],
  "auth.password_wrong": ["password", "current_kek_password", "current_password"],
  "channel.exists": ["name"],
  "grant.exists": ["key_path"],
  "grant.name_taken": ["env_var_name"],
  "namespace.exists": ["name"],
  "namespace.not_found": ["namespace"],
  "person.exists": ["email"],
  "policy.exists": ["policy_name"],
  "secret.exists": ["key_path"],
  "secret.not_found": ["key_path"],
};

export function explained(t: Translate, error: VaultError): string {
  const key = wordKey(`code.${wireCode(error.code)}`);
  return key === undefined ? error.message : t(key);
}

/** For the form that was refused: which fields, and what of them. Forms name their fields as the API does. */
export function problemIn(t: Translate, error: VaultError): FormProblem {
  const [, named, rest = ""] = /^Field '([a-z_]+)[^']*' (.*)$/s.exec(error.message) ?? [];
  if (named !== undefined) return { message: rest.charAt(0).toUpperCase() + rest.slice(1), fields: [named] };
  const field = error.details?.["field"];
  const fields = typeof field === "string" ? [field] : FIELDS_OF_CODE[error.code] ?? [];
  return { message: explained(t, error), fields };
}

/** Does what a form asks; what the API refuses is shown by `again`, beside what was typed. */
export async function trying(
  t: Translate,
  work: () => Promise<PageAnswer>,
  again: (problem: FormProblem) => Promise<PageView>,
): Promise<PageAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return { ...await again(problemIn(t, error)), status: httpStatus(error.code) };
  }
}
