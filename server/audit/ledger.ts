/**
 * The only way to write. A piece of work and its audit rows become durable together or not at all, and a value is
 * released only against a {@linkcode ReleasePermit}, which exists only once the rows that tell of it are on disk.
 *
 * Group commit: works that wait at the same moment share one transaction, each inside a savepoint of its own.
 */

import type { Clock } from "../../shared/clock.ts";
import type { StoredKey } from "../../shared/crypto/key_storage.ts";
import { VaultError } from "../../shared/errors.ts";
import { isStorageFault } from "../store/faults.ts";
import type { Queries } from "../store/schema.ts";
import type { AuditRow, ChainTail, QueryHandle, Writer } from "../store/writer.ts";
import { GENESIS, rowMac } from "./chain.ts";
import { chainEnd } from "./chain_end.ts";
import type { AuditEntry } from "./entry.ts";
import { AuditProver } from "./prover.ts";
import { nextMacrotask } from "./macrotask.ts";
import { toRow } from "./row.ts";
import type { RowFollowers } from "./sinks/sinks.ts";
import { judgeRecord } from "./tail_record.ts";

/** What a work gets: queries inside its savepoint, and its pen for the log. Dead once the work is over. */
export interface Tx {
  readonly db: Queries;
  audit(entry: AuditEntry): Promise<void>;
}

export type Work<T> = (tx: Tx) => Promise<T>;

let mint: (secretIds: readonly string[]) => ReleasePermit;

/** Says that the release of these secrets is in the log, durably. Only {@linkcode Ledger.permit} makes one. */
export class ReleasePermit {
  readonly #secretIds: ReadonlySet<string>;

  private constructor(secretIds: readonly string[]) {
    this.#secretIds = new Set(secretIds);
  }

  static {
    mint = (secretIds) => new ReleasePermit(secretIds);
  }

  /** Whether this is a permit of ours, and one for that secret: what only looks like one has no such list. */
  static covers(permit: ReleasePermit, secretId: string): boolean {
    return #secretIds in permit && permit.#secretIds.has(secretId);
  }
}

export interface LedgerOptions {
  /** Works that may wait; more are refused with `server.busy`. */
  readonly maxWaiting?: number;
  /** Works in one transaction: bounds how long the first of them waits for the last. */
  readonly maxBatch?: number;
  /** For the log: a transaction could not be made durable. */
  readonly onFault?: (error: unknown) => void;
  /** Told of durable rows; a release waits until those that must have its row do. */
  readonly sinks?: RowFollowers;
  /** Whether the vault was there before, and so has a log; false unless told. */
  readonly hasLog?: boolean;
}

const NO_SINKS: RowFollowers = { committed: () => {}, confirm: async () => {} };

/** No database has it: the next transaction reads the end of the chain anew. */
const UNKNOWN_VERSION = -1;

interface Job {
  /** What to do; a list of entries is written as it is, without a savepoint: nothing in it can fail alone. */
  readonly work: Work<unknown> | readonly AuditEntry[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The transaction as one work sees it. Kysely is set up only for works that query: most only write to the log. */
class LiveTx implements Tx {
  readonly #writer: Writer;
  readonly #append: (entry: AuditEntry) => Promise<void>;
  #queries: QueryHandle | undefined;
  #over = false;

  constructor(writer: Writer, append: (entry: AuditEntry) => Promise<void>) {
    this.#writer = writer;
    this.#append = append;
  }

  get db(): Queries {
    this.#checkAlive();
    this.#queries ??= this.#writer.openQueries();
    return this.#queries.db;
  }

  async audit(entry: AuditEntry): Promise<void> {
    this.#checkAlive();
    await this.#append(entry);
  }

  end(): void {
    this.#over = true;
    this.#queries?.close();
  }

  #checkAlive(): void {
    if (this.#over) {
      throw new Error("this transaction is over: write inside ledger.commit and await every query");
    }
  }
}

type Outcome = { readonly ok: true; readonly value: unknown } | {
  readonly ok: false;
  readonly error: unknown;
};

export class Ledger {
  /** What proves the log, as long as the ledger is open. */
  readonly proof: AuditProver;
  readonly #writer: Writer;
  readonly #key: StoredKey;
  readonly #clock: Clock;
  readonly #options: Required<LedgerOptions>;
  readonly #waiting: Job[] = [];
  #tail: ChainTail = GENESIS;
  #written: ChainTail | undefined;
  /** Rows of the transaction that is open. */
  #rows: AuditRow[] = [];
  #dataVersion = UNKNOWN_VERSION;
  #draining: Promise<void> | undefined;
  #closed = false;

  private constructor(writer: Writer, key: StoredKey, clock: Clock, options: LedgerOptions) {
    this.proof = new AuditProver(key);
    this.#writer = writer;
    this.#key = key;
    this.#clock = clock;
    this.#options = {
      maxWaiting: 4_096,
      maxBatch: 256,
      onFault: () => {},
      sinks: NO_SINKS,
      hasLog: false,
      ...options,
    };
  }

  /** Takes ownership of `key`, the audit key from the unsealed vault, and wipes it on {@linkcode close}. */
  static async open(
    writer: Writer,
    key: StoredKey,
    clock: Clock,
    options: LedgerOptions = {},
  ): Promise<Ledger> {
    const ledger = new Ledger(writer, key, clock, options);
    await ledger.#readTail();
    return ledger;
  }

  /**
   * Runs a work and settles once it is durable, or undone. Works run one after another, so to check and then to write
   * is free of races. A work awaits nothing but its own `tx`: all others wait for it.
   * @throws VaultError `server.audit_unavailable`, `server.busy`, `server.stopping`, or what the work threw
   */
  commit<T>(work: Work<T>): Promise<T> {
    return this.#enqueue(work);
  }

  #enqueue<T>(work: Work<T> | readonly AuditEntry[]): Promise<T> {
    if (this.#closed) return Promise.reject(new VaultError("server.stopping", "The server is stopping"));
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(busy());
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: (value) => resolve(value as T), reject });
      this.#draining ??= this.#drain();
    });
  }

  /**
   * Writes that these secrets are being released, and gives the permit for exactly them.
   * @throws VaultError `audit.sink_unavailable` and as {@linkcode commit}
   */
  async permit(entries: readonly AuditEntry[], secretIds: readonly string[]): Promise<ReleasePermit> {
    if (entries.length === 0) throw new Error("a release needs an audit entry");
    const seq = await this.#enqueue<number>(entries);
    await this.#options.sinks.confirm(seq);
    return mint(secretIds);
  }

  /**
   * {@linkcode permit} for a release that changes something else too: the work writes the rows itself, in its transaction.
   * @throws what the work throws, and as {@linkcode permit}
   */
  async permitAfter(work: Work<void>, secretIds: readonly string[]): Promise<ReleasePermit> {
    const seq = await this.#enqueue<number>(async (tx) => {
      const before = this.#tail.seq;
      await work(tx);
      if (this.#tail.seq === before) throw new Error("a release needs an audit entry");
      return this.#tail.seq;
    });
    await this.#options.sinks.confirm(seq);
    return mint(secretIds);
  }

  /** The newest row that this server knows to be durable; undefined before it wrote any. */
  get written(): ChainTail | undefined {
    return this.#written;
  }

  /** Waits until everything that is waiting now is settled. */
  async flush(): Promise<void> {
    await this.#draining;
  }

  /** Takes no more work, finishes what waits, and wipes the key. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.proof.close();
    this.#key.wipe();
  }

  /** One macrotask before each batch: requests that came in during the last commit get into this one. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextMacrotask();
      await this.#runBatch(this.#waiting.splice(0, this.#options.maxBatch));
    }
    this.#draining = undefined;
  }

  async #runBatch(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#begin();
      const outcomes: Outcome[] = [];
      for (const { work } of jobs) {
        outcomes.push(
          typeof work === "function" ? await this.#runWork(work) : await this.#writeEntries(work),
        );
      }
      if (this.#rows.length > 0) await this.#writer.writeTail(this.#tail, this.proof.tailMac(this.#tail));
      await this.#writer.commit();
      this.#written = this.#tail;
      this.#options.sinks.committed(this.#rows.splice(0));
      settle(jobs, outcomes);
    } catch (error) {
      await this.#abandon(jobs, error);
    }
  }

  /** Another program that wrote to the file, such as a restore, has moved the end of the chain. */
  async #begin(): Promise<void> {
    await this.#writer.begin();
    if (await this.#writer.dataVersion() !== this.#dataVersion) await this.#readTail();
  }

  async #readTail(): Promise<void> {
    const stored = await this.#writer.readTailRecord();
    this.#tail = chainEnd({
      last: await this.#writer.readTail(),
      record: stored === undefined ? undefined : judgeRecord(stored, this.proof),
      written: this.#written,
      hasLog: this.#options.hasLog,
    });
    this.#dataVersion = await this.#writer.dataVersion();
  }

  async #writeEntries(entries: readonly AuditEntry[]): Promise<Outcome> {
    for (const entry of entries) await this.#append(entry);
    return { ok: true, value: this.#tail.seq };
  }

  async #runWork(work: Work<unknown>): Promise<Outcome> {
    const [tail, rows] = [this.#tail, this.#rows.length];
    const tx = new LiveTx(this.#writer, (entry) => this.#append(entry));
    await this.#writer.mark();
    try {
      const value = await work(tx);
      await this.#writer.keep();
      return { ok: true, value };
    } catch (error) {
      if (isStorageFault(error) || !this.#writer.inTransaction) throw error;
      await this.#writer.undo();
      this.#tail = tail;
      this.#rows.length = rows;
      return { ok: false, error };
    } finally {
      tx.end();
    }
  }

  /** The tail moves before the row is written, so that rows of one work that are not awaited in turn keep their order. */
  async #append(entry: AuditEntry): Promise<void> {
    const place = { seq: this.#tail.seq + 1, at: this.#clock.now(), prev_mac: this.#tail.mac };
    const row = { ...toRow(entry), ...place };
    const mac = this.#key.use((key) => rowMac(key, row));
    this.#tail = { seq: row.seq, mac };
    const whole = { ...row, mac };
    this.#rows.push(whole);
    await this.#writer.insertAudit(whole);
  }

  /** Nothing of the batch is durable. What the tail should be is asked of the database, not remembered. */
  async #abandon(jobs: readonly Job[], cause: unknown): Promise<void> {
    this.#options.onFault(cause);
    this.#rows = [];
    const error = new VaultError(
      "server.audit_unavailable",
      "The audit log cannot be written, so nothing was changed or released; free space on the server's disk or check its database",
      { cause },
    );
    try {
      await this.#writer.rollback();
      await this.#readTail();
    } catch (fault) {
      this.#options.onFault(fault);
      this.#dataVersion = UNKNOWN_VERSION;
    }
    for (const job of jobs) job.reject(error);
  }
}

function settle(jobs: readonly Job[], outcomes: readonly Outcome[]): void {
  for (const [index, job] of jobs.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (outcome.ok) job.resolve(outcome.value);
    else job.reject(outcome.error);
  }
}

function busy(): VaultError {
  return new VaultError("server.busy", "The server has too many requests waiting; try again in a moment", {
    retryAfter: 1,
  });
}
