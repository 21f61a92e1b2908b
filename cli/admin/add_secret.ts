/**
 * A secret from a file, from standard input or from a hidden prompt into the vault: never from the command line, where others
 * see it.
 */

import { CreatedSecret, type SecretType } from "../../shared/api/secrets.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8, toBase64 } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { readSecretLine } from "./secret_input.ts";

export interface AddSecretOptions extends AdminOptions {
  readonly namespace?: string | undefined;
  readonly type: SecretType;
  readonly description?: string | undefined;
  /** `-` is standard input. */
  readonly valueFile?: string | undefined;
  readonly unredactable?: true | undefined;
}

/** What the server takes. */
const LONGEST_VALUE_BYTES = 1024 * 1024;

/** `secrets add`. @throws VaultError `secret.exists`, `secret.not_redactable`, `client.file_unsafe` and others */
export async function addSecret(
  keyPath: string,
  options: AddSecretOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const { type, namespace, description } = options;
  const body = {
    key_path: keyPath,
    secret_type: type,
    ...await readValue(options, context),
    ...(namespace === undefined ? {} : { namespace }),
    ...(description === undefined ? {} : { description }),
    ...(options.unredactable === true ? { unredactable: true } : {}),
  };
  const parse = (answer: unknown) => CreatedSecret.safeParse(answer).data;
  const created = await connection.requestJson("POST", "/admin/secrets", parse, { body });
  if (options.json) context.terminal.json(created);
  else {
    context.terminal.data(created.id);
    context.terminal.note(`Stored ${created.key_path} in ${created.namespace}; no project has it yet`);
  }
  return EXIT.ok;
}

interface WireValue {
  readonly value: string;
  readonly encoding?: "base64";
}

async function readValue({ valueFile, type }: AddSecretOptions, context: CliContext): Promise<WireValue> {
  if (valueFile === undefined) {
    const missing = "There is no value; name a file with --value-file, or - for standard input";
    const repeatPrompt = "Value once more: ";
    return { value: await readSecretLine({ prompt: "Value: ", repeatPrompt, missing }, context) };
  }
  const bytes = await readValueBytes(valueFile);
  const text = fromUtf8(bytes);
  const value = text === undefined
    ? { value: toBase64(bytes), encoding: "base64" as const }
    : { value: type === "KEY_VALUE" ? withoutLineEnd(text) : text };
  wipe(bytes);
  return value;
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
