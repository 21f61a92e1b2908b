/** Projects by their name, which more than one namespace may hold. */

import type { Selectable } from "kysely";
import { VaultError } from "../../../shared/errors.ts";
import type { AdminCaller } from "../../caller.ts";
import type { ProjectTable, Queries } from "../../store/schema.ts";
import { within } from "../namespace_reach.ts";

export type ProjectRow = Selectable<ProjectTable>;

/** A project as an address names it. */
export interface ProjectAddress {
  readonly name: string;
  readonly namespace: string | undefined;
}

/**
 * The one project of a name, in the given namespace or in any that the caller reaches.
 * @throws VaultError `project.not_found`, `project.ambiguous`
 */
export async function findProject(
  db: Queries,
  { name, namespace }: ProjectAddress,
  of: Pick<AdminCaller, "reach">,
): Promise<ProjectRow> {
  let query = db.selectFrom("projects").selectAll().where("project_name", "=", name)
    .where(within(of, "namespace")).limit(2);
  if (namespace !== undefined) query = query.where("namespace", "=", namespace);
  const [row, other] = await query.execute();
  if (row === undefined) {
    throw new VaultError(
      "project.not_found",
      "There is no project of this name; list the projects for their names",
    );
  }
  if (other === undefined) return row;
  throw new VaultError(
    "project.ambiguous",
    "Several namespaces have a project of this name; say which by ?namespace= in the address",
  );
}
