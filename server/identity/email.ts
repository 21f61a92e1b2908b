/**
 * E-mail addresses in the one form that accounts, throttles and the log know: whoever writes one with other capitals, spaces or wide
 * letters means the same account, and counts against the same limit.
 */

import { VaultError } from "../../shared/errors.ts";

const LONGEST = 254;
const FORM =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** The one form of an address, or undefined for a text that is none. Letters beyond ASCII are none: they can look like others. */
export function normalEmail(text: string): string | undefined {
  const email = text.normalize("NFKC").replaceAll(/[\s\p{Cf}\p{Cc}]/gu, "").toLowerCase();
  return email.length <= LONGEST && FORM.test(email) ? email : undefined;
}

/** @throws VaultError `request.invalid` */
export function parseEmail(text: string): string {
  const email = normalEmail(text);
  if (email !== undefined) return email;
  throw new VaultError("request.invalid", "Field 'email' is no e-mail address; write it as name@example.com");
}
