/**
 * Brings the rows of the log to one sink, in order, each at least once. Rows of this moment come from memory; after an outage, a
 * flood or a restart they come from the database, from the cursor on. A sink that hangs costs whoever waits for it a bounded time
 * once, and nothing from then on until it answers again.
 */

import { type Clock, type Instant, SECOND } from "../../../shared/clock.ts";
import type { AuditRow } from "../../store/writer.ts";
import { type AuditSink, SinkFault } from "./sink.ts";

/** Where rows come from that are not in memory. */
export interface RowSource {
  /** Rows after `seq`, in order, at most `limit`. */
  rowsAfter(seq: number, limit: number): Promise<readonly AuditRow[]>;
}

export interface FollowerOptions {
  /** How long a write may take. */
  readonly timeoutMs?: number;
  /** Rows kept in memory while the sink is slower than the log. */
  readonly maxQueued?: number;
  /** Told at once of what happens to a sink: for the server's own log. */
  readonly onReport?: (sink: AuditSink, report: SinkReport) => void;
}

/** Something that happened to a sink, for the log, the audit log and the alarms. */
export interface SinkReport {
  readonly kind: "failing" | "recovered" | "tampered";
  readonly reason: string;
}

/** Rows in one write. */
const BATCH = 500;
/** How often a failing sink is tried again. */
const RETRY = SECOND;
export const SINK_TIMEOUT = 2 * SECOND;

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (fault: SinkFault) => void;
}

export class Follower {
  readonly sink: AuditSink;
  readonly #source: RowSource;
  readonly #clock: Clock;
  readonly #options: Required<FollowerOptions>;
  /** Rows right after the cursor, without a gap; what does not fit is read from the database later. */
  #queue: AuditRow[] = [];
  #delivered: number;
  #newest: number;
  #fault: SinkFault | undefined;
  #failingSince: Instant | undefined;
  #lastTry: Instant = 0;
  #pumping: Promise<void> | undefined;
  /** A write that took too long and has not answered yet: nothing else is written before it does. */
  #hanging = false;
  #waiters: Waiter[] = [];
  #reports: SinkReport[] = [];

  constructor(
    sink: AuditSink,
    source: RowSource,
    clock: Clock,
    from: { readonly delivered: number; readonly newest: number },
    options: FollowerOptions = {},
  ) {
    this.sink = sink;
    this.#source = source;
    this.#clock = clock;
    this.#delivered = from.delivered;
    this.#newest = from.newest;
    this.#options = { timeoutMs: SINK_TIMEOUT, maxQueued: 5_000, onReport: () => {}, ...options };
  }

  get delivered(): number {
    return this.#delivered;
  }

  get behind(): number {
    return Math.max(0, this.#newest - this.#delivered);
  }

  /** What is wrong, in a few words; undefined while rows arrive. */
  get problem(): string | undefined {
    return this.#fault?.message;
  }

  get failingSince(): Instant | undefined {
    return this.#failingSince;
  }

  /** Rows that became durable. Returns at once. */
  committed(rows: readonly AuditRow[]): void {
    const last = rows.at(-1);
    if (last === undefined) return;
    this.#newest = last.seq;
    if (this.#queue.length + rows.length <= this.#options.maxQueued) this.#queue.push(...rows);
    this.#pump();
  }

  /** Resolves once the sink has the row. @throws SinkFault at once while the sink is known to fail */
  confirm(seq: number): Promise<void> {
    if (this.#delivered >= seq) return Promise.resolve();
    if (this.#fault !== undefined && this.#pumping === undefined && !this.#retryIsDue()) {
      return Promise.reject(this.#fault);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A write that hangs is noticed first; this is for a sink that works, far behind.
    const late = setTimeout(
      () => reject(new SinkFault(`it is ${this.behind} rows behind`)),
      2 * this.#options.timeoutMs,
    );
    const waiter = { seq, resolve, reject };
    this.#waiters.push(waiter);
    this.#pump();
    return promise.finally(() => {
      clearTimeout(late);
      this.#waiters = this.#waiters.filter((each) => each !== waiter);
    });
  }

  /** Looks after the sink: to be called every few seconds. Never rejects. */
  async tend(): Promise<void> {
    this.#pump();
    await this.#pumping;
    if (this.#pumping !== undefined || this.#hanging || this.#fault !== undefined) return;
    await this.#alone(() => this.#bounded(() => this.sink.check()));
  }

  /** What happened since the last call. */
  takeReports(): readonly SinkReport[] {
    this.#askFindings();
    return this.#reports.splice(0);
  }

  /** Gives reports back that could not be recorded. */
  returnReports(reports: readonly SinkReport[]): void {
    this.#reports.unshift(...reports);
  }

  /** Something was found out about the sink. */
  report(report: SinkReport): void {
    this.#reports.push(report);
    this.#options.onReport(this.sink, report);
  }

  #askFindings(): void {
    for (const reason of this.sink.takeFindings()) this.report({ kind: "tampered", reason });
  }

  #pump(): void {
    if (this.#pumping !== undefined || this.#hanging || !this.#retryIsDue()) return;
    void this.#alone(() => this.#deliver());
  }

  /** A sink is asked one thing at a time. Rows that came in the meantime are next. */
  #alone(work: () => Promise<void>): Promise<void> {
    this.#pumping = work().catch((error) => this.#note(error)).finally(() => {
      this.#pumping = undefined;
      if (this.behind > 0 && this.#fault === undefined) this.#pump();
    });
    return this.#pumping;
  }

  #retryIsDue(): boolean {
    return this.#fault === undefined || !this.#hanging && this.#clock.now() - this.#lastTry >= RETRY;
  }

  async #deliver(): Promise<void> {
    this.#lastTry = this.#clock.now();
    while (this.#delivered < this.#newest) {
      const batch = await this.#nextBatch();
      await this.#bounded(() => this.sink.write(batch));
      this.#arrived(batch.at(-1)?.seq ?? this.#newest);
    }
  }

  /** Retention may have deleted rows that never arrived: they are passed over, and said to be missing. */
  async #nextBatch(): Promise<readonly AuditRow[]> {
    while ((this.#queue[0]?.seq ?? Infinity) <= this.#delivered) this.#queue.shift();
    if (this.#queue[0]?.seq === this.#delivered + 1) return takeContiguous(this.#queue, BATCH);
    const rows = await this.#source.rowsAfter(this.#delivered, BATCH);
    const first = rows[0]?.seq ?? this.#newest + 1;
    if (first > this.#delivered + 1) {
      this.report({
        kind: "failing",
        reason: `rows ${this.#delivered + 1} to ${first - 1} were gone before they arrived`,
      });
    }
    return rows;
  }

  #arrived(seq: number): void {
    this.#delivered = seq;
    if (this.#fault !== undefined) this.report({ kind: "recovered", reason: "rows arrive again" });
    this.#fault = undefined;
    this.#failingSince = undefined;
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.seq <= seq) waiter.resolve();
      return waiter.seq > seq;
    });
  }

  #note(error: unknown): void {
    const fault = error instanceof SinkFault
      ? error
      : new SinkFault("it failed unexpectedly", { cause: error });
    if (this.#fault?.message !== fault.message) {
      this.report({ kind: "failing", reason: fault.message });
    }
    this.#fault = fault;
    this.#failingSince ??= this.#clock.now();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(fault);
  }

  async #bounded(work: () => Promise<void>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const late = setTimeout(() => {
      this.#hanging = true;
      reject(new SinkFault("it does not answer in time"));
    }, this.#options.timeoutMs);
    const running = work().finally(() => {
      clearTimeout(late);
      this.#hanging = false;
    });
    running.catch(() => {});
    await Promise.race([running, promise]);
  }
}

function takeContiguous(queue: AuditRow[], limit: number): readonly AuditRow[] {
  const first = queue[0]?.seq ?? 0;
  let count = 1;
  while (count < Math.min(queue.length, limit) && queue[count]?.seq === first + count) count++;
  return queue.splice(0, count);
}
