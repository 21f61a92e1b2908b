/** What the API refused, in the language of the page where it has words for it. */

import { httpStatus, VaultError, wireCode } from "../../shared/errors.ts";
import { type FormProblem, type PageAnswer, type PageView, problemOf } from "./page.ts";
import { type Translate, wordKey } from "./words/words.ts";

export function explained(t: Translate, error: VaultError): string {
  const key = wordKey(`code.${wireCode(error.code)}`);
  return key === undefined ? error.message : t(key);
}

/** For the form that was refused: which field, and what of it. */
export function problemIn(t: Translate, error: VaultError): FormProblem {
  const { field, message } = problemOf(error);
  return { field, message: field === undefined ? explained(t, error) : message };
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
