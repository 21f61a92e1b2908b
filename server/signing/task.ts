/**
 * A signature in two steps: what can be said and refused before any key is open, and the making of it. Between the two
 * lies the row in the audit log.
 */

import type { SignResponse } from "../../shared/api/sign.ts";
import { VaultError } from "../../shared/errors.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import type { AuditDetail } from "../audit/entry.ts";

/** The values that a signature is made with; wiped by who opened them. */
export interface OpenedKeys {
  readonly key: Uint8Array;
  readonly accessKeyId?: string;
  readonly sessionToken?: string;
}

export interface SigningTask {
  /** What the audit row says of it: names and digests, no content. */
  readonly facts: Readonly<Record<string, AuditDetail>>;
  /** @throws VaultError `sign.key_unfit`, which never quotes the key */
  readonly make: (keys: OpenedKeys) => SignResponse;
}

/** The key as text. @throws VaultError `sign.key_unfit` */
export function keyText(key: Uint8Array): string {
  const text = fromUtf8(key);
  if (text === undefined) throw keyUnfit("The stored key is no text; store the key as its file has it");
  return text;
}

export function keyUnfit(message: string): VaultError {
  return new VaultError("sign.key_unfit", message);
}
