/** What an admin sees first. Reads names, times and counts; no value and nothing sealed. */

import type { Activity, Alarm, Expiry, Overview } from "../../shared/api/overview.ts";
import { type Clock, DAY, formatTimestamp, type Instant } from "../../shared/clock.ts";
import type { AdminCaller } from "../caller.ts";
import { EVENT_SEVERITY } from "../events/event.ts";
import type { Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { ServiceDeps } from "./deps.ts";
import { namespacesWithin } from "./namespace_reach.ts";
import { RELEASES } from "./secrets/secret_uses.ts";
import { notOnlyLooks } from "./audit/looks.ts";
import { vaultCounts } from "./vault_counts.ts";
import type { WaitingService } from "./approvals/waiting.ts";

/** How far the page looks: back for alarms, ahead for what ends. */
const HORIZON = 7 * DAY;
const SHOWN = 8;

const WORTH_SHOWING = Object.entries(EVENT_SEVERITY).flatMap(([kind, severity]) =>
  severity === "info" ? [] : [{ kind, severity }]
);

export class OverviewService {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #waiting: WaitingService;

  constructor({ store, clock }: Pick<ServiceDeps, "store" | "clock">, waiting: WaitingService) {
    this.#store = store;
    this.#clock = clock;
    this.#waiting = waiting;
  }

  /** Only an open vault answers at all. `looks` are the actions that are not shown as what happened. */
  async read(caller: AdminCaller, looks: readonly string[]): Promise<Overview> {
    const db = this.#store.reader;
    const now = this.#clock.now();
    const names = namespacesWithin(caller);
    const seal = await db.selectFrom("vault_seal").select("kek_version").executeTakeFirstOrThrow();
    return {
      sealed: false,
      kek_version: seal.kek_version,
      waiting: await this.#waiting.count(caller),
      alarms: await alarms(db, now, names),
      activity: caller.authority.rights.has("audit.read") ? await activity(db, names, looks) : [],
      expiring: await expiring(db, now, names),
      counts: await counts(db, now, names),
    };
  }
}

type Names = readonly string[] | undefined;

async function alarms(db: Queries, now: Instant, names: Names): Promise<Alarm[]> {
  let query = db.selectFrom("events")
    .select(["id", "kind", "namespace", "agent_id", "project_name", "raised_at"])
    .where("kind", "in", WORTH_SHOWING.map(({ kind }) => kind)).where("raised_at", ">", now - HORIZON)
    .orderBy("raised_at", "desc").orderBy("id").limit(SHOWN);
  if (names !== undefined) query = query.where("namespace", "in", names);
  const rows = await query.execute();
  return rows.flatMap(({ raised_at, ...row }) => {
    const severity = WORTH_SHOWING.find(({ kind }) => kind === row.kind)?.severity;
    return severity === undefined ? [] : [{ ...row, severity, raised_at: formatTimestamp(raised_at) }];
  });
}

/** What people only looked at would push out what happened. */
async function activity(db: Queries, names: Names, looks: readonly string[]): Promise<Activity[]> {
  let query = db.selectFrom("audit_log")
    .select(["id", "at", "principal", "action", "status", "agent_id", "project_name"])
    .where(notOnlyLooks(looks))
    .orderBy("seq", "desc").limit(SHOWN);
  if (names !== undefined) query = query.where("namespace", "in", names);
  const rows = await query.execute();
  return rows.map(({ at, ...row }) => ({ ...row, at: formatTimestamp(at) }));
}

async function expiring(db: Queries, now: Instant, names: Names): Promise<Expiry[]> {
  const tokens = await expiringTokens(db, now, names);
  const logins = await expiringLogins(db, now, names);
  const approvals = await expiringApprovals(db, now, names);
  return [
    ...tokens.map((row) => ({ what: "project_token" as const, ...row })),
    ...logins.map((row) => ({ what: "daemon_login" as const, project_name: null, ...row })),
    ...approvals.map((row) => ({ what: "approval" as const, ...row })),
  ].sort((left, right) => (left.at ?? 0) - (right.at ?? 0)).slice(0, SHOWN)
    .map(({ at, ...row }) => ({ ...row, at: formatTimestamp(at ?? 0) }));
}

function expiringTokens(db: Queries, now: Instant, names: Names) {
  const query = db.selectFrom("project_tokens as t").innerJoin("projects as p", "p.id", "t.project_ref")
    .leftJoin("agents as a", "a.id", "p.agent_ref")
    .select(["t.expires_at as at", "p.project_name", "p.namespace", "a.agent_id"])
    .where("t.revoked_at", "is", null)
    .where("t.expires_at", ">", now).where("t.expires_at", "<", now + HORIZON)
    .orderBy("t.expires_at").limit(SHOWN);
  return (names === undefined ? query : query.where("p.namespace", "in", names)).execute();
}

function expiringLogins(db: Queries, now: Instant, names: Names) {
  const query = db.selectFrom("access_tokens as t").innerJoin("agents as a", "a.id", "t.agent_ref")
    .select(["t.expires_at as at", "a.agent_id", "a.namespace"])
    .where("t.revoked_at", "is", null)
    .where("t.expires_at", ">", now).where("t.expires_at", "<", now + HORIZON)
    .orderBy("t.expires_at").limit(SHOWN);
  return (names === undefined ? query : query.where("a.namespace", "in", names)).execute();
}

function expiringApprovals(db: Queries, now: Instant, names: Names) {
  const query = db.selectFrom("pending_grants as g").innerJoin("agents as a", "a.id", "g.agent_ref")
    .select(["g.auto_approval_until as at", "g.project_name", "g.namespace", "a.agent_id"])
    .where("g.status", "=", "approved")
    .where("g.auto_approval_until", ">", now).where("g.auto_approval_until", "<", now + HORIZON)
    .orderBy("g.auto_approval_until").limit(SHOWN);
  return (names === undefined ? query : query.where("g.namespace", "in", names)).execute();
}

async function counts(db: Queries, now: Instant, names: Names): Promise<Overview["counts"]> {
  const day = () => {
    const query = db.selectFrom("audit_log").select(({ fn }) => fn.countAll<number>().as("n"))
      .where("at", ">", now - DAY);
    return names === undefined ? query : query.where("namespace", "in", names);
  };
  const releases = await day().where("action", "in", RELEASES).where("status", "=", "success")
    .executeTakeFirst();
  const refusals = await day().where("status", "like", "denied%").executeTakeFirst();
  return {
    ...await vaultCounts(db, names),
    releases: releases?.n ?? 0,
    refusals: refusals?.n ?? 0,
  };
}
