/**
 * The state of the server for a monitoring system, as text in the exposition format 0.0.4 of Prometheus. Gauges are
 * taken at the moment of the scrape and cost a few indexed queries, whatever the size of the audit log.
 */

import { sql } from "kysely";
import { type Clock, DAY, type Instant, SECOND } from "../../shared/clock.ts";
import { VERSION } from "../../shared/version.ts";
import type { AdminCaller } from "../caller.ts";
import { expositionText } from "../metrics/exposition.ts";
import { gauges, type Reading } from "../metrics/gauges.ts";
import type { RequestMetrics } from "../metrics/requests.ts";
import type { Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { WaitingService } from "./approvals/waiting.ts";
import type { AuditSinkService } from "./audit/sinks.ts";
import type { ServiceDeps } from "./deps.ts";
import { namespacesWithin } from "./namespace_reach.ts";
import { vaultCounts } from "./vault_counts.ts";

export interface MetricsSources {
  /** What was counted since the start. */
  readonly requests: Pick<RequestMetrics, "metrics">;
  readonly waiting: Pick<WaitingService, "count">;
  readonly sinks: Pick<AuditSinkService, "list">;
}

export class MetricsService {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #startedAt: Instant;
  readonly #sources: MetricsSources;

  constructor({ store, clock, startedAt }: ServiceDeps, sources: MetricsSources) {
    this.#store = store;
    this.#clock = clock;
    this.#startedAt = startedAt ?? clock.now();
    this.#sources = sources;
  }

  /** What is counted in namespaces is counted in the caller's. */
  async read(caller: AdminCaller): Promise<string> {
    const db = this.#store.reader;
    const readings = [
      ...this.#process(),
      ...await contents(db, caller),
      ...await this.#waiting(caller),
      ...await events(db, this.#clock.now() - DAY),
      ...await deliveries(db),
      ...await storage(db),
      ...await lastBackup(db),
      ...await this.#sinks(caller),
    ];
    return expositionText([...gauges(readings), ...this.#sources.requests.metrics()]);
  }

  #process(): Reading[] {
    return [
      { name: "cortex_build_info", value: 1, label: VERSION },
      { name: "process_start_time_seconds", value: this.#startedAt / SECOND },
      { name: "process_resident_memory_bytes", value: Deno.memoryUsage().rss },
    ];
  }

  async #waiting(caller: AdminCaller): Promise<Reading[]> {
    const { devices, access, commands } = await this.#sources.waiting.count(caller);
    return Object.entries({ devices, access, commands })
      .map(([label, value]) => ({ name: "cortex_waiting", value, label }));
  }

  async #sinks(caller: AdminCaller): Promise<Reading[]> {
    return (await this.#sources.sinks.list(caller)).flatMap(({ kind, state, behind }): Reading[] => [
      { name: "cortex_audit_sink_ok", value: state === "ok" ? 1 : 0, label: kind },
      { name: "cortex_audit_sink_behind", value: behind, label: kind },
    ]);
  }
}

async function contents(db: Queries, caller: AdminCaller): Promise<Reading[]> {
  const { secrets, projects, agents, frozen } = await vaultCounts(db, namespacesWithin(caller));
  const { kek_version } = await db.selectFrom("vault_seal").select("kek_version").executeTakeFirstOrThrow();
  return [
    { name: "cortex_kek_version", value: kek_version },
    { name: "cortex_secrets", value: secrets },
    { name: "cortex_projects", value: projects },
    { name: "cortex_agents", value: agents },
    { name: "cortex_frozen", value: frozen },
  ];
}

async function events(db: Queries, since: Instant): Promise<Reading[]> {
  const rows = await db.selectFrom("events").select(["kind", ({ fn }) => fn.countAll<number>().as("n")])
    .where("raised_at", ">", since).groupBy("kind").execute();
  return rows.map(({ kind, n }) => ({ name: "cortex_events_last_day", value: n, label: kind }));
}

async function deliveries(db: Queries): Promise<Reading[]> {
  const rows = await db.selectFrom("notification_deliveries")
    .select(["state", ({ fn }) => fn.countAll<number>().as("n")]).groupBy("state").execute();
  return rows.map(({ state, n }) => ({ name: "cortex_deliveries", value: n, label: state }));
}

async function storage(db: Queries): Promise<Reading[]> {
  const newest = await db.selectFrom("audit_log").select(({ fn }) => fn.max("seq").as("seq"))
    .executeTakeFirst();
  const size = await sql<{ readonly bytes: number }>`
    select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`.execute(db);
  return [
    { name: "cortex_audit_rows", value: newest?.seq ?? 0 },
    { name: "cortex_database_bytes", value: size.rows[0]?.bytes ?? 0 },
  ];
}

async function lastBackup(db: Queries): Promise<Reading[]> {
  const newest = await db.selectFrom("audit_log").select("at")
    .where("action", "=", "backup").where("status", "=", "success")
    .orderBy("seq", "desc").limit(1).executeTakeFirst();
  return [{ name: "cortex_last_backup_timestamp_seconds", value: (newest?.at ?? 0) / SECOND }];
}
