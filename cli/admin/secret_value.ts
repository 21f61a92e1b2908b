/** A secret's value from a file, from standard input or from a hidden prompt: never from the command line, where others see it. */

import type { SecretType } from "../../shared/api/secrets.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8, toBase64 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { readSecretLine } from "./secret_input.ts";

/** A value as the server's JSON takes it: text as it is, other bytes in base64. */
export interface WireValue {
  readonly value: string;
  readonly encoding: "utf8" | "base64";
}

/** What the server takes. */
const LONGEST_VALUE_BYTES = 1024 * 1024;

/**
 * The value in a file (`-` is standard input), or typed twice where none is named. The line end of a `KEY_VALUE` of one
 * line is cut off.
 * @throws VaultError `client.file_unsafe`, `request.too_large`, `request.invalid`
 */
export async function readValue(
  file: string | undefined,
  type: SecretType,
  context: CliContext,
): Promise<WireValue> {
  if (file === undefined) {
    const missing = "There is no value; name a file with --value-file, or - for standard input";
    const repeatPrompt = "Value once more: ";
    return {
      value: await readSecretLine({ prompt: "Value: ", repeatPrompt, missing }, context),
      encoding: "utf8",
    };
  }
  const bytes = await readValueBytes(file);
  try {
    return wireValue(bytes, type);
  } finally {
    wipe(bytes);
  }
}

function wireValue(bytes: Uint8Array, type: SecretType): WireValue {
  const text = fromUtf8(bytes);
  if (text === undefined) return { value: toBase64(bytes), encoding: "base64" };
  return { value: type === "KEY_VALUE" ? withoutLineEnd(text) : text, encoding: "utf8" };
}

/** A value of one line ends where the line does; one of several lines is kept as it is. */
function withoutLineEnd(text: string): string {
  const line = text.replace(/\r?\n$/, "");
  return line.includes("\n") ? text : line;
}

/** What a file holds; `-` is standard input. @throws VaultError `client.file_unsafe`, `request.too_large` */
export async function readValueBytes(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of await open(file)) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > LONGEST_VALUE_BYTES) {
      throw new VaultError("request.too_large", "The value is longer than 1 MiB; store less");
    }
  }
  const whole = new Uint8Array(length);
  chunks.reduce((at, chunk) => (whole.set(chunk, at), at + chunk.byteLength), 0);
  chunks.forEach(wipe);
  return whole;
}

async function open(file: string): Promise<ReadableStream<Uint8Array>> {
  if (file === "-") return Deno.stdin.readable;
  try {
    return (await Deno.open(file)).readable;
  } catch (cause) {
    throw new VaultError("client.file_unsafe", "The value's file cannot be read; name one that is there", {
      cause,
    });
  }
}
