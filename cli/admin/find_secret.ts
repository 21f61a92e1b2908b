/** The secret that a command names, by its id or by its key path. */

import { SecretUses } from "../../shared/api/secret_uses.ts";
import { SecretSummary } from "../../shared/api/secrets.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { VaultError } from "../../shared/errors.ts";
import type { AdminConnection, AdminOptions } from "./connection.ts";
import { listPages } from "./list_pages.ts";

export interface SecretOptions extends AdminOptions {
  readonly namespace?: string | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a secret that is named by it, or by its key path where one namespace alone has that. */
export async function secretId(
  connection: AdminConnection,
  name: string,
  options: SecretOptions,
): Promise<string> {
  if (UUID.test(name)) return name;
  const query = { key_path: name, ...inNamespace(options) };
  const [secret, another] = await listPages(connection, "/admin/secrets", { query, item: SecretSummary });
  if (secret === undefined) {
    throw new VaultError(
      "secret.not_found",
      "There is no secret of this key path; see cortex admin secrets list",
    );
  }
  if (another === undefined) return secret.id;
  throw new VaultError("request.invalid", "Several namespaces have this key path; say which by --namespace");
}

/** What is known of it but its value, and which projects have it. @throws VaultError `secret.not_found` */
export async function secretUses(
  connection: AdminConnection,
  name: string,
  options: SecretOptions,
): Promise<SecretUses> {
  const path = serverPath("admin", "secrets", await secretId(connection, name, options), "uses");
  return await connection.requestJson("GET", path, (value) => SecretUses.safeParse(value).data);
}

/** The namespace as a part of a query, where one is named. */
export function inNamespace({ namespace }: SecretOptions): Readonly<Record<string, string>> {
  return namespace === undefined ? {} : { namespace };
}
