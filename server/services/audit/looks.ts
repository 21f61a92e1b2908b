/** What people only looked at: most rows of a log, and the last that somebody who searches it wants. */

import { type RawBuilder, sql } from "kysely";

/** Rows of anything but these actions; a look that was refused is none of them. */
export function notOnlyLooks(looks: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`(action not in (${sql.join(looks)}) or status != 'success')`;
}
