/** Namespaces as an admin keeps them. */

import { CreatedNamespace, DeletedNamespace, NamespaceSummary } from "../../shared/api/namespaces.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

/** `list`. @throws VaultError */
export async function listNamespaces(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const all = await listPages(connection, "/admin/namespaces", { item: NamespaceSummary });
  if (options.json) context.terminal.json(all);
  else {
    for (const { name, description, two_people } of all) {
      context.terminal.data(`${name}${two_people ? "  two people" : ""}  ${description ?? ""}`.trimEnd());
    }
  }
  return EXIT.ok;
}

/** `add`. @throws VaultError `namespace.exists` */
export async function addNamespace(
  name: string,
  options: AdminOptions & { readonly description?: string | undefined },
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const body = { name, ...(options.description === undefined ? {} : { description: options.description }) };
  const parse = (value: unknown) => CreatedNamespace.safeParse(value).data;
  const created = await connection.requestJson("POST", "/admin/namespaces", parse, { body });
  if (options.json) context.terminal.json(created);
  else context.terminal.note(`There is a namespace ${created.name} now`);
  return EXIT.ok;
}

/** `remove`: only one that nothing uses. @throws VaultError `namespace.not_empty` and others */
export async function removeNamespace(
  name: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => DeletedNamespace.safeParse(value).data;
  const removed = await connection.requestJson("DELETE", serverPath("admin", "namespaces", name), parse);
  if (options.json) context.terminal.json(removed);
  else context.terminal.note(`The namespace ${removed.name} is gone`);
  return EXIT.ok;
}
