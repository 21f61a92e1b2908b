/** The keys that sign tokens, as an operator sees and changes them. */

import {
  DestroyedSigningKey,
  RotatedSigningKey,
  type SignedByKey,
  SigningKeyList,
  type SigningKeySummary,
} from "../../shared/api/signing_keys.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";

export interface RotateOptions extends AdminOptions {
  readonly immediate?: true | undefined;
}

export interface DestroyOptions extends AdminOptions {
  readonly invalidate?: true | undefined;
}

/** `list`: newest first. @throws VaultError */
export async function listSigningKeys(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => SigningKeyList.safeParse(value).data;
  const keys = await connection.requestJson("GET", "/admin/signing-keys", parse);
  if (options.json) context.terminal.json(keys);
  else for (const key of keys) context.terminal.data(describe(key));
  return EXIT.ok;
}

/** `rotate`. @throws VaultError `signing_key.rotation_pending` */
export async function rotateSigningKey(options: RotateOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => RotatedSigningKey.safeParse(value).data;
  const body = { immediate: options.immediate === true };
  const rotated = await connection.requestJson("POST", "/admin/signing-keys/rotate", parse, { body });
  if (options.json) context.terminal.json(rotated);
  else {
    context.terminal.data(rotated.kid);
    context.terminal.note(`The new key ${rotated.fingerprint} signs from ${rotated.signs_from} UTC`);
    context.terminal.note(
      `What ${rotated.previous_kid} signed verifies until ${rotated.previous_verifies_until} UTC at the latest`,
    );
  }
  return EXIT.ok;
}

/** `destroy`. @throws VaultError `signing_key.in_use` and others */
export async function destroySigningKey(
  kid: string,
  options: DestroyOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => DestroyedSigningKey.safeParse(value).data;
  const query = options.invalidate === true ? "?invalidate=true" : "";
  const path = `${serverPath("admin", "signing-keys", kid)}${query}`;
  const destroyed = await connection.requestJson("DELETE", path, parse);
  if (options.json) context.terminal.json(destroyed);
  else context.terminal.note(`Destroyed ${kid}; with it ended: ${print(destroyed.invalidated)}`);
  return EXIT.ok;
}

function describe(key: SigningKeySummary): string {
  const until = key.retired_at === null
    ? ""
    : key.state === "retired"
    ? `  retired ${key.retired_at} UTC`
    : `  signs until ${key.retired_at} UTC`;
  return `${key.kid}  ${key.state}  ${key.fingerprint}  made ${key.created_at} UTC${until}  ${
    print(key.alive)
  }`;
}

function print({ daemon_logins, signed_project_tokens }: SignedByKey): string {
  return `${daemon_logins} ${
    daemon_logins === 1 ? "login" : "logins"
  }, ${signed_project_tokens} signed project ${signed_project_tokens === 1 ? "token" : "tokens"}`;
}
