/** How often values left the vault, day by day: counted from the audit log, and so only as far back as that goes. */

import { sql } from "kysely";
import type { Usage, UsageQuery } from "../../../shared/api/reach.ts";
import { type Clock, DAY, formatTimestamp, type Instant } from "../../../shared/clock.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { namespacesWithin } from "../namespace_reach.ts";
import { RELEASES } from "../secrets/secret_uses.ts";

/** More lines than a picture can tell apart. */
const MAX_SERIES = 12;

export class UsageService {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor({ store, clock }: Pick<ServiceDeps, "store" | "clock">) {
    this.#store = store;
    this.#clock = clock;
  }

  async read(caller: AdminCaller, { days, by, namespace }: UsageQuery): Promise<Usage> {
    const today = Math.floor(this.#clock.now() / DAY);
    const first = today - days + 1;
    const column = by === "project" ? "project_name" : "agent_id";
    const day = sql<number>`at / ${sql.lit(DAY)}`;
    let query = this.#store.reader.selectFrom("audit_log")
      .select([`${column} as name`, day.as("day")]).select(({ fn }) => fn.countAll<number>().as("count"))
      .where("at", ">=", first * DAY).where("action", "in", RELEASES).where("status", "=", "success")
      .where(column, "is not", null).groupBy([column, day]);
    if (namespace !== undefined) query = query.where("namespace", "=", namespace);
    const names = namespacesWithin(caller);
    if (names !== undefined) query = query.where("namespace", "in", names);
    const rows = await query.execute();
    const series = Map.groupBy(rows, ({ name }) => name ?? "").entries().map(([name, found]) => {
      const counts = Array.from(
        { length: days },
        (_, at) => found.find((row) => row.day === first + at)?.count ?? 0,
      );
      return { name, total: counts.reduce((sum, count) => sum + count, 0), counts };
    });
    return {
      days: Array.from({ length: days }, (_, at) => dayOf((first + at) * DAY)),
      series: [...series].sort((left, right) => right.total - left.total).slice(0, MAX_SERIES),
    };
  }
}

function dayOf(instant: Instant): string {
  return formatTimestamp(instant).slice(0, 10);
}
