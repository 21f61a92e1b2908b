/**
 * From the text in a request to the bytes that are sealed. A value that could not be delivered is refused here, and
 * no refusal says anything of it but its kind.
 */

import { VaultError } from "../../../shared/errors.ts";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../../../shared/encoding.ts";
import type { SecretType, ValueEncoding } from "../../../shared/api/secrets.ts";
import { isRedactable, MIN_REDACTABLE } from "../../../shared/redactable.ts";
import { parseSshPrivateKey } from "../../../shared/ssh/private_key.ts";
import { parseTemplate } from "../../templates/template.ts";

/**
 * The bytes of a value.
 * @throws VaultError `request.invalid`, `template.invalid`
 */
export function valueBytes(
  text: string,
  kind: { readonly type: SecretType; readonly encoding: ValueEncoding },
): Uint8Array<ArrayBuffer> {
  if (text === "") throw new VaultError("request.invalid", "The value is empty; send at least one character");
  if (kind.encoding === "base64") return binaryBytes(text, kind.type);
  if (!text.isWellFormed()) {
    throw new VaultError(
      "request.invalid",
      "The value holds half of a surrogate pair; send whole characters",
    );
  }
  if (kind.type === "JSON_CONFIG") checkJson(text);
  if (kind.type === "TEMPLATE_CONFIG") parseTemplate(text);
  if (kind.type === "SSH_KEY") parseSshPrivateKey(text);
  return utf8(text);
}

/** Why a value is refused that could not be replaced in what programs print; undefined where it can, or need not. */
export function redactionProblem(
  value: Uint8Array,
  { type, isUnredactable }: { readonly type: SecretType; readonly isUnredactable: boolean },
): string | undefined {
  if (isUnredactable || type !== "KEY_VALUE" || isRedactable(value)) return undefined;
  return "The value is too short or too common to be replaced in what programs print; " +
    `store one of ${MIN_REDACTABLE} bytes or more that is no ordinary word, or set 'unredactable' where it may be seen`;
}

/** Only values that programs get are looked for: documents and templates go to none. @throws VaultError `secret.unredactable` */
export function checkRedactable(value: Uint8Array, kind: Parameters<typeof redactionProblem>[1]): void {
  const problem = redactionProblem(value, kind);
  if (problem !== undefined) throw new VaultError("secret.unredactable", problem);
}

/** A value as its JSON text: the reverse of {@linkcode valueBytes}. */
export function valueText(bytes: Uint8Array, encoding: ValueEncoding): string {
  if (encoding === "base64") return toBase64(bytes);
  const text = fromUtf8(bytes);
  if (text === undefined) throw new Error("a value stored as text is not UTF-8");
  return text;
}

function binaryBytes(text: string, type: SecretType): Uint8Array<ArrayBuffer> {
  if (type !== "KEY_VALUE") {
    throw new VaultError("request.invalid", "Only a KEY_VALUE secret can be base64; send this one as text");
  }
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  throw new VaultError(
    "request.invalid",
    "The value is not base64; send it padded, in the standard alphabet",
  );
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // The parser's message quotes the value.
    throw new VaultError(
      "request.invalid",
      "The value of a JSON_CONFIG secret is not JSON; correct it and send it again",
    );
  }
}
