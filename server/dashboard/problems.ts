/** What the API refused, in the language of the page where it has words for it. */

import { type VaultError, wireCode } from "../../shared/errors.ts";
import { type FormProblem, problemOf } from "./page.ts";
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
