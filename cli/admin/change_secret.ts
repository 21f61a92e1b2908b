/** A secret that is there: a new value for it, or its end. */

import { DeletedSecret, UpdatedSecret } from "../../shared/api/secrets.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type Confirmable, isConfirmed, notDone } from "./confirmation.ts";
import { connectAsAdmin } from "./connection.ts";
import { type SecretOptions, secretUses } from "./find_secret.ts";
import { readValue } from "./secret_value.ts";

export interface SetSecretOptions extends SecretOptions {
  /** `-` is standard input. */
  readonly valueFile?: string | undefined;
  readonly description?: string | undefined;
  readonly unredactable?: true | undefined;
}

/**
 * `secrets set`. Somebody else's change in between is refused, not written over.
 * @throws VaultError `secret.not_found`, `secret.changed`, `secret.unredactable`, `client.file_unsafe` and others
 */
export async function setSecret(
  name: string,
  options: SetSecretOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const { secret, uses } = await secretUses(connection, name, options);
  const body = {
    ...await readValue(options.valueFile, secret.secret_type, context),
    version: secret.version,
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.unredactable === true ? { unredactable: true } : {}),
  };
  const parse = (answer: unknown) => UpdatedSecret.safeParse(answer).data;
  const path = serverPath("admin", "secrets", secret.id);
  const updated = await connection.requestJson("PUT", path, parse, { body });
  if (options.json) context.terminal.json(updated);
  else {
    const after = `${secret.key_path} has a new value, version ${updated.version}; the one before is kept`;
    context.terminal.note(`${after}; ${readers(uses.length)}`);
  }
  return EXIT.ok;
}

/** `secrets delete`. @throws VaultError `secret.not_found`; `request.invalid` where nobody can be asked */
export async function deleteSecret(
  name: string,
  options: SecretOptions & Confirmable,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const { secret, uses } = await secretUses(connection, name, options);
  const projects = uses.map(({ project_name }) => project_name).join(", ");
  const loss = uses.length === 0 ? "No project has it" : `It is taken from ${projects}`;
  const question =
    `Delete ${secret.key_path} in ${secret.namespace} with all its versions, for good? ${loss}.`;
  if (!isConfirmed(question, options, context)) return notDone(context, "Nothing was deleted");
  const parse = (answer: unknown) => DeletedSecret.safeParse(answer).data;
  const path = serverPath("admin", "secrets", secret.id);
  const deleted = await connection.requestJson("DELETE", path, parse);
  if (options.json) context.terminal.json(deleted);
  else context.terminal.note(`Deleted ${secret.key_path}, and ${grants(deleted.grants_removed)} of it`);
  return EXIT.ok;
}

function readers(projects: number): string {
  if (projects === 0) return "no project has it yet";
  return projects === 1
    ? "one project reads it from its next run on"
    : `${projects} projects read it from their next run on`;
}

function grants(removed: number): string {
  return removed === 1 ? "one grant" : `${removed} grants`;
}
