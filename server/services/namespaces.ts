/** Namespaces: labels that keep secrets, agents and projects apart. */

import { formatTimestamp } from "../../shared/clock.ts";
import type { Clock, Instant } from "../../shared/clock.ts";
import type {
  CreateNamespaceRequest,
  NamespaceSummary,
  UpdateNamespaceRequest,
} from "../../shared/api/namespaces.ts";
import type { PageQuery } from "../../shared/api/page.ts";
import { VaultError } from "../../shared/errors.ts";
import { type NamespaceName, parseNamespaceName } from "../../shared/names.ts";
import type { Ledger, Tx } from "../audit/ledger.ts";
import type { AdminCaller } from "../caller.ts";
import { rolesOf } from "../identity/people.ts";
import { isForeignKeyViolation } from "../store/faults.ts";
import type { Selectable } from "kysely";
import type { NamespaceTable, Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { ServiceDeps } from "./deps.ts";
import { within } from "./namespace_reach.ts";
import { type Page, pageOf, readCursor } from "./paging.ts";
import { success } from "./success.ts";

export const DEFAULT_NAMESPACE = "default";

/** The namespace of a request, `default` where it names none. @throws VaultError `request.invalid` */
export function namespaceOf(text: string | null | undefined): NamespaceName {
  return parseNamespaceName(text ?? DEFAULT_NAMESPACE, "namespace");
}

/** Makes a namespace that is not there yet, inside the work that needs it: undone with that work. */
export async function ensureNamespace(tx: Tx, name: NamespaceName, now: Instant): Promise<void> {
  await tx.db.insertInto("namespaces").values({ name, description: null, created_at: now })
    .onConflict((conflict) => conflict.doNothing()).execute();
}

const USERS = [
  "secrets",
  "agents",
  "projects",
  "project_grants",
  "pending_grants",
  "command_grants",
] as const;

export class NamespaceService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  async list(caller: AdminCaller, { limit, cursor }: PageQuery): Promise<Page<NamespaceSummary>> {
    const after = readCursor(cursor, isName);
    let query = this.#store.reader.selectFrom("namespaces").selectAll().where(within(caller, "name"))
      .orderBy("name").limit(limit + 1);
    if (after !== undefined) query = query.where("name", ">", after[0]);
    const page = pageOf(await query.execute(), limit, (row) => [row.name]);
    return page.map(toSummary);
  }

  /** @throws VaultError `namespace.exists`, `request.invalid` */
  create(
    caller: AdminCaller,
    request: CreateNamespaceRequest,
  ): Promise<Pick<NamespaceSummary, "name" | "description">> {
    const name = parseNamespaceName(request.name.trim(), "name");
    const row = { name, description: request.description || null };
    return this.#ledger.commit(async (tx) => {
      await tx.audit(success(caller, "create_namespace", { namespace: name, resourcePath: name }));
      const made = await tx.db.insertInto("namespaces").values({ ...row, created_at: this.#clock.now() })
        .onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
      if (made.numInsertedOrUpdatedRows === 1n) return row;
      throw new VaultError(
        "namespace.exists",
        "A namespace of this name exists; use it, or choose another name",
      );
    });
  }

  /** @throws VaultError `namespace.not_found` */
  update(caller: AdminCaller, name: string, request: UpdateNamespaceRequest): Promise<NamespaceSummary> {
    return this.#ledger.commit(async (tx) => {
      const row = await tx.db.selectFrom("namespaces").selectAll().where("name", "=", name)
        .executeTakeFirst();
      if (row === undefined) throw notFound();
      const two_people = request.two_people ?? row.two_people === 1;
      const { description } = request;
      const changed = {
        description: description === null || description === undefined
          ? row.description
          : description || null,
        two_people: two_people ? 1 : 0,
      };
      const facts = { namespace: name, resourcePath: name, details: { two_people } };
      await tx.audit(success(caller, "update_namespace", facts));
      await tx.db.updateTable("namespaces").set(changed).where("name", "=", name).execute();
      return toSummary({ ...row, ...changed });
    });
  }

  /** @throws VaultError `namespace.protected`, `namespace.in_use`, `namespace.not_found` */
  async delete(caller: AdminCaller, name: string): Promise<void> {
    if (name === DEFAULT_NAMESPACE) {
      throw new VaultError("namespace.protected", "The namespace 'default' cannot be deleted");
    }
    await this.#ledger.commit(async (tx) => {
      await tx.audit(success(caller, "delete_namespace", { namespace: name, resourcePath: name }));
      await checkNoRoles(tx.db, name);
      if (await deleteRow(tx, name) === 0n) {
        throw notFound();
      }
    });
  }
}

function toSummary(row: Selectable<NamespaceTable>): NamespaceSummary {
  return { ...row, two_people: row.two_people === 1, created_at: formatTimestamp(row.created_at) };
}

function notFound(): VaultError {
  return new VaultError(
    "namespace.not_found",
    "There is no namespace of this name; list them for their names",
  );
}

async function deleteRow(tx: Tx, name: string): Promise<bigint> {
  try {
    const result = await tx.db.deleteFrom("namespaces").where("name", "=", name).executeTakeFirst();
    return result.numDeletedRows;
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw inUse(await countUsers(tx.db, name));
  }
}

/** Roles that stayed would count again in a namespace that is made under the same name later. */
async function checkNoRoles(db: Queries, name: string): Promise<void> {
  const rows = await db.selectFrom("admin_users").select("roles").execute();
  const people = rows.filter((row) => rolesOf(row).some(({ namespaces }) => namespaces?.includes(name)));
  if (people.length === 0) return;
  throw new VaultError(
    "namespace.in_use",
    `Accounts with a role in this namespace: ${people.length}; take it out of their roles first`,
    { details: { people: people.length } },
  );
}

async function countUsers(db: Queries, name: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of USERS) {
    const row = await db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as("count"))
      .where("namespace", "=", name).executeTakeFirstOrThrow();
    if (row.count > 0) counts[table] = row.count;
  }
  return counts;
}

function inUse(counts: Readonly<Record<string, number>>): VaultError {
  const list = Object.entries(counts).map(([table, count]) => `${count} ${table.replace("_", " ")}`).join(
    ", ",
  );
  return new VaultError("namespace.in_use", `The namespace is in use by ${list}; delete those first`, {
    details: counts,
  });
}

function isName(parts: readonly unknown[]): parts is readonly [string] {
  return parts.length === 1 && typeof parts[0] === "string";
}
