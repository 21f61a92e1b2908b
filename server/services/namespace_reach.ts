/** Which namespaces a look may take its rows from: those in which the caller's right counts. */

import type { AdminCaller } from "../caller.ts";

/** Undefined where it counts everywhere. */
export function namespacesWithin({ reach }: Pick<AdminCaller, "reach">): readonly string[] | undefined {
  return reach === "everywhere" ? undefined : [...reach];
}
