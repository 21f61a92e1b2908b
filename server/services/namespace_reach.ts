/** Which namespaces a look may take its rows from: those in which the caller's right counts. */

import { type RawBuilder, sql } from "kysely";
import { VaultError } from "../../shared/errors.ts";
import { reaches } from "../access/roles.ts";
import type { AdminCaller } from "../caller.ts";

/** Undefined where it counts everywhere. */
export function namespacesWithin({ reach }: Pick<AdminCaller, "reach">): readonly string[] | undefined {
  return reach === "everywhere" ? undefined : [...reach];
}

/** The same as a condition of a query: the column names the namespace of its rows; rows without one are seen from everywhere only. */
export function within({ reach }: Pick<AdminCaller, "reach">, column: string): RawBuilder<boolean> {
  if (reach === "everywhere") return sql<boolean>`1 = 1`;
  if (reach.size === 0) return sql<boolean>`1 = 0`;
  return sql<boolean>`${sql.ref(column)} in (${sql.join([...reach])})`;
}

/** For what is made: a namespace out of reach is one that there is not. @throws VaultError `namespace.not_found` */
export function checkWithin({ reach }: Pick<AdminCaller, "reach">, namespace: string): void {
  if (reaches(reach, namespace)) return;
  throw new VaultError(
    "namespace.not_found",
    "There is no namespace of this name, or none in which you may do this; list them for their names",
  );
}
