/**
 * Looks after the audit sinks: tells the admin how they stand, remembers how far they are, and raises the alarm, once, when
 * one stops taking rows or somebody laid hands on what it holds.
 */

import type { AuditSinkSummary } from "../../../shared/api/audit_sinks.ts";
import { type Clock, formatTimestamp, type Instant, MINUTE } from "../../../shared/clock.ts";
import { SYSTEM_ORIGIN } from "../../audit/entry.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { Follower, SinkReport } from "../../audit/sinks/follower.ts";
import type { AuditSinks } from "../../audit/sinks/sinks.ts";
import type { AdminCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { ServiceDeps } from "../deps.ts";

const ACTIONS = {
  failing: { action: "audit_sink_failing", status: "alarm" },
  tampered: { action: "audit_sink_tampered", status: "alarm" },
  recovered: { action: "audit_sink_recovered", status: "success" },
} as const satisfies Record<SinkReport["kind"], { action: string; status: string }>;

const TELL_AGAIN = 10 * MINUTE;

export class AuditSinkService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #sinks: AuditSinks | undefined;
  /** What the database remembers. */
  readonly #saved = new Map<Follower, number>();
  /** When an alarm was last raised, by what it said. */
  readonly #told = new Map<string, Instant>();

  constructor({ ledger, clock, auditSinks }: ServiceDeps) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#sinks = auditSinks;
  }

  async list(_caller: AdminCaller): Promise<AuditSinkSummary[]> {
    return this.#followers().map((follower) => ({
      kind: follower.sink.kind,
      target: follower.sink.target,
      required: this.#sinks?.isRequired(follower.sink) ?? false,
      state: follower.problem === undefined ? "ok" : "failing",
      delivered_seq: follower.delivered,
      behind: follower.behind,
      failing_since: follower.failingSince === undefined ? null : formatTimestamp(follower.failingSince),
      problem: follower.problem ?? null,
    }));
  }

  /** To be called every few seconds. */
  async tend(): Promise<void> {
    await Promise.all(this.#followers().map((follower) => follower.tend()));
    const news = this.#followers().map((follower) => ({ follower, reports: follower.takeReports() }));
    if (!news.some(({ follower, reports }) => reports.length > 0 || this.#hasMoved(follower))) return;
    try {
      await this.#ledger.commit((tx) => this.#record(tx, news));
      for (const { follower } of news) this.#saved.set(follower, follower.delivered);
    } catch (error) {
      for (const { follower, reports } of news) follower.returnReports(reports);
      throw error;
    }
  }

  /** Every change goes into the log; an alarm about the same thing comes once in a while, however much a sink flaps. */
  #wasTold(what: string): boolean {
    const now = this.#clock.now();
    const before = this.#told.get(what);
    if (before !== undefined && now - before < TELL_AGAIN) return true;
    this.#told.set(what, now);
    return false;
  }

  #followers(): readonly Follower[] {
    return this.#sinks?.followers ?? [];
  }

  #hasMoved(follower: Follower): boolean {
    return this.#saved.get(follower) !== follower.delivered;
  }

  async #record(
    tx: Tx,
    news: readonly { readonly follower: Follower; readonly reports: readonly SinkReport[] }[],
  ): Promise<void> {
    const now = this.#clock.now();
    for (const { follower, reports } of news) {
      for (const report of reports) await this.#tell(tx, follower, report);
      const { kind, target } = follower.sink;
      const row = { kind, target, delivered_seq: follower.delivered, updated_at: now };
      const { delivered_seq, updated_at } = row;
      await tx.db.insertInto("audit_sinks").values(row)
        .onConflict((conflict) =>
          conflict.columns(["kind", "target"]).doUpdateSet({ delivered_seq, updated_at })
        )
        .execute();
    }
  }

  async #tell(tx: Tx, { sink }: Follower, { kind, reason }: SinkReport): Promise<void> {
    const details = { sink: sink.kind, target: sink.target, reason };
    await tx.audit({ principal: "system", ...ACTIONS[kind], details, origin: SYSTEM_ORIGIN });
    if (kind === "recovered" || this.#wasTold(`${sink.kind} ${reason}`)) return;
    await raiseEvent(tx, this.#clock.now(), { kind: "audit_sink_failing", facts: details });
  }
}
