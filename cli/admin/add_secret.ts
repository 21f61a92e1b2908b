/** A new secret into the vault. */

import { CreatedSecret, type SecretType } from "../../shared/api/secrets.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { readValue } from "./secret_value.ts";

export interface AddSecretOptions extends AdminOptions {
  readonly namespace?: string | undefined;
  readonly type: SecretType;
  readonly description?: string | undefined;
  /** `-` is standard input. */
  readonly valueFile?: string | undefined;
  readonly unredactable?: true | undefined;
}

/** `secrets add`. @throws VaultError `secret.exists`, `secret.unredactable`, `client.file_unsafe` and others */
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
    ...await readValue(options.valueFile, type, context),
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
