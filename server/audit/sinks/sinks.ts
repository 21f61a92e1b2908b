/**
 * All sinks beside the database, as the ledger sees them: told of rows that are durable, and asked before a release whether
 * those that must have its rows do.
 */

import type { Clock } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import { toHex } from "../../../shared/encoding.ts";
import type { Queries } from "../../store/schema.ts";
import type { AuditRow } from "../../store/writer.ts";
import { Follower, type FollowerOptions, type RowSource } from "./follower.ts";
import { type AuditSink, SinkFault, type SinkKind } from "./sink.ts";

/** What the ledger needs. */
export interface RowFollowers {
  /** Rows that became durable, in order. Returns at once and never throws. */
  committed(rows: readonly AuditRow[]): void;
  /** Resolves once every required sink has the row. @throws VaultError `audit.sink_unavailable` */
  confirm(seq: number): Promise<void>;
}

export interface SinksOptions extends FollowerOptions {
  readonly sinks: readonly AuditSink[];
  /** Kinds without which nothing is released. */
  readonly required: readonly SinkKind[];
  readonly clock: Clock;
}

export class AuditSinks implements RowFollowers {
  readonly #options: SinksOptions;
  #followers: readonly Follower[] = [];

  constructor(options: SinksOptions) {
    this.#options = options;
  }

  get followers(): readonly Follower[] {
    return this.#followers;
  }

  isRequired({ kind }: Pick<AuditSink, "kind">): boolean {
    return this.#options.required.includes(kind);
  }

  /** Finds out where each sink stands, and begins. Once, before the first release. */
  async attach(reader: Queries): Promise<void> {
    const { sinks, clock } = this.#options;
    const source = rowsOf(reader);
    this.#followers = await Promise.all(sinks.map(async (sink) => {
      const { delivered, newest, finding } = await standOf(sink, reader);
      const follower = new Follower(sink, source, clock, { delivered, newest }, this.#options);
      if (finding !== undefined) follower.report({ kind: "tampered", reason: finding });
      return follower;
    }));
    for (const follower of this.#followers) void follower.tend();
  }

  committed(rows: readonly AuditRow[]): void {
    for (const follower of this.#followers) follower.committed(rows);
  }

  async confirm(seq: number): Promise<void> {
    const required = this.#followers.filter(({ sink }) => this.isRequired(sink));
    if (this.#followers.length === 0 && this.#options.required.length > 0) {
      throw unavailable("it is not open yet");
    }
    try {
      await Promise.all(required.map((follower) => follower.confirm(seq)));
    } catch (error) {
      throw unavailable(error instanceof SinkFault ? error.message : "it failed", error);
    }
  }

  /** Waits, a bounded time, until the rows of the last moment arrived, and closes. */
  async close(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.tend()));
    for (const { sink } of this.#followers) sink.close();
  }
}

function unavailable(reason: string, cause?: unknown): VaultError {
  return new VaultError(
    "audit.sink_unavailable",
    `Nothing is released, because an audit sink that must have every row does not take them (${reason}); ` +
      "mend it, or take it off CORTEX_AUDIT_SINKS_REQUIRED",
    { retryAfter: 1, cause },
  );
}

function rowsOf(reader: Queries): RowSource {
  return {
    rowsAfter: (seq, limit) =>
      reader.selectFrom("audit_log").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute(),
  };
}

interface Stand {
  readonly delivered: number;
  readonly newest: number;
  readonly finding?: string;
}

/** What the sink shows counts more than what we remember of it: it may have taken rows since, or have lost some. */
async function standOf(sink: AuditSink, reader: Queries): Promise<Stand> {
  const { newest, oldest } = await edgesOf(reader);
  const cursor = await reader.selectFrom("audit_sinks").selectAll()
    .where("kind", "=", sink.kind).where("target", "=", sink.target).executeTakeFirst();
  const remembered = cursor?.delivered_seq ?? oldest - 1;
  if (sink.holds === undefined) {
    const finding = sink.kind === "file" && cursor !== undefined && remembered > 0;
    return {
      delivered: Math.min(remembered, newest),
      newest,
      ...(finding ? { finding: FILE_IS_EMPTY } : {}),
    };
  }
  const { seq, mac } = sink.holds;
  const row = await reader.selectFrom("audit_log").select("mac").where("seq", "=", seq).executeTakeFirst();
  if (seq > newest || row !== undefined && toHex(row.mac) !== mac) {
    return { delivered: Math.min(seq, newest), newest, finding: DATABASE_DIFFERS };
  }
  const delivered = Math.max(seq, oldest - 1);
  return seq < remembered ? { delivered, newest, finding: FILE_IS_SHORTER } : { delivered, newest };
}

const FILE_IS_EMPTY = "the file was emptied, replaced or moved away while the server was down";
const FILE_IS_SHORTER = "the file lost rows while the server was down; they are written again";
const DATABASE_DIFFERS =
  "it holds rows that the database does not have: the database was restored, rolled back or rewritten";

async function edgesOf(reader: Queries): Promise<{ oldest: number; newest: number }> {
  const { oldest, newest } = await reader.selectFrom("audit_log").select(({ fn }) => [
    fn.min("seq").as("oldest"),
    fn.max("seq").as("newest"),
  ]).executeTakeFirstOrThrow();
  return { oldest: Number(oldest ?? 1), newest: Number(newest ?? 0) };
}
