/** People as rows, and the callers that they become. Rights are read anew at each request: a role that is taken away is gone at once. */

import type { Selectable } from "kysely";
import { type Role, type RoleAssignment, ROLES } from "../access/roles.ts";
import type { PersonRef } from "../caller.ts";
import type { AdminUserTable } from "../store/people_schema.ts";
import type { Queries } from "../store/schema.ts";

export type PersonRow = Selectable<AdminUserTable>;

/** What may be known of a person by others. */
export const PERSON_COLUMNS = [
  "id",
  "email",
  "display_name",
  "roles",
  "disabled_at",
  "last_sign_in_at",
  "created_at",
  "created_by",
] as const;

/** The roles of a row; one that is not known any more gives nothing. */
export function rolesOf({ roles }: Pick<PersonRow, "roles">): RoleAssignment[] {
  const stored: readonly { readonly role: string; readonly namespaces: readonly string[] | null }[] = JSON
    .parse(
      roles,
    );
  return stored.flatMap(({ role, namespaces }) => isRole(role) ? [{ role, namespaces }] : []);
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}

export function refOf({ id, email }: PersonRow): PersonRef {
  return { id, email };
}

export function findByEmail(db: Queries, email: string): Promise<PersonRow | undefined> {
  return db.selectFrom("admin_users").selectAll().where("email", "=", email).executeTakeFirst();
}

export function findById(db: Queries, id: string): Promise<PersonRow | undefined> {
  return db.selectFrom("admin_users").selectAll().where("id", "=", id).executeTakeFirst();
}

/** `created_by` of who came by the provider of OpenID Connect. */
export const BY_PROVIDER = "oidc";

/** Whether the provider alone lets a person in: it made the account, and no super-admin has given a password since. */
export function isProvidersOwn(row: Pick<PersonRow, "created_by" | "password_hash">): boolean {
  return row.created_by === BY_PROVIDER && row.password_hash === null;
}

/** Whether a person is a super-admin who can sign in. */
export function isSuperAdmin(row: Pick<PersonRow, "roles" | "disabled_at">): boolean {
  return row.disabled_at === null &&
    rolesOf(row).some(({ role, namespaces }) => role === "super-admin" && namespaces === null);
}
