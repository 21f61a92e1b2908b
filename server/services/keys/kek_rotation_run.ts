/**
 * The run of a rotation, from its beginning or from wherever a restart finds it: batch after batch until nothing needs the old key,
 * then the key goes. It takes a few milliseconds of the server at a time and stops at any moment without harm.
 */

import type { Clock } from "../../../shared/clock.ts";
import { type AuditEntry, SYSTEM_ORIGIN } from "../../audit/entry.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import { type StepObserver, unobserved } from "../../durable_steps.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { Store } from "../../store/store.ts";
import { completeRotation } from "../../vault/rotation/complete.ts";
import { rewrapBatch, type UnreadableRow } from "../../vault/rotation/rewrap.ts";
import { readRunning } from "../../vault/rotation/running.ts";
import type { Versions } from "../../vault/rotation/linked_keys.ts";
import type { Vault } from "../../vault/vault.ts";
import type { ServiceDeps } from "../deps.ts";

/** Of the event loop, for one batch: no request waits much longer than for the requests before it. */
const BATCH_MS = 4;
/** After each batch, while requests run: each of them needs several turns of the event loop. */
const PAUSE_MS = 3;
/** Where none runs. Without it one batch followed the other in immediate turns, in which no socket is read: none ever came. */
const LOOK_ROUND_MS = 1;
/** Of the rows that do not open, in an audit row. */
const NAMED_ROWS = 10;

export class KekRotationRun {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #reached: StepObserver;
  #unreadable: readonly UnreadableRow[] = [];
  #running: Promise<void> | undefined;
  #failure: unknown;
  readonly #stopping = Promise.withResolvers<void>();
  #stopped = false;
  /** What was deleted may still be in the write-ahead log. */
  #traces = true;

  constructor({ store, ledger, vault, clock, reached }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#vault = vault;
    this.#clock = clock;
    this.#reached = reached ?? unobserved;
  }

  /** Rows that keep the rotation from its end. */
  get unreadable(): readonly UnreadableRow[] {
    return this.#unreadable;
  }

  /**
   * Goes on with a rotation that waits, in the background; to be called every few seconds.
   * @throws what ended the run before, once
   */
  async resume(): Promise<void> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (this.#running === undefined && !this.#stopped) {
      const waiting = await readRunning(this.#store.reader);
      if (waiting !== undefined) this.start(waiting);
      else if (this.#traces) this.#traces = !this.#store.overwriteDeleted();
    }
    if (failure !== undefined) throw failure;
  }

  /** To be called in the turn in which the new key began to seal: whoever is here now may store rows under the old one. */
  start(versions: Versions): void {
    this.#running ??= this.#run(versions, this.#vault.users.gone())
      .catch((error) => void (this.#failure = error))
      .finally(() => this.#running = undefined);
  }

  /** Resolves when the run has ended: complete, blocked, stopped or failed. Never rejects. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Ends after the batch that runs now. */
  async stop(): Promise<void> {
    this.#stopping.resolve();
    this.#stopped = true;
    await this.#running;
  }

  async #run({ from, to }: Versions, writersOfOld: Promise<void>): Promise<void> {
    const unreadable: UnreadableRow[] = [];
    await this.#rewrapAll(to, unreadable);
    await Promise.race([writersOfOld, this.#stopping.promise]);
    await this.#rewrapAll(to, unreadable);
    if (this.#stopped) return;
    this.#reached("kek_rotation.all_rewrapped");
    if (unreadable.length > 0) await this.#block(to, unreadable);
    else await this.#complete({ from, to });
  }

  async #rewrapAll(version: number, unreadable: UnreadableRow[]): Promise<void> {
    const options = { version, unreadable, budgetMs: BATCH_MS };
    while (!this.#stopped) {
      const batch = await this.#ledger.commit((tx) => rewrapBatch(tx, this.#vault.kek, options));
      if (batch.rows > 0) this.#reached("kek_rotation.batch_rewrapped");
      if (batch.exhausted) return;
      await this.#letOthersRun();
    }
  }

  async #letOthersRun(): Promise<void> {
    const pause = Promise.withResolvers<void>();
    const timer = setTimeout(pause.resolve, this.#vault.users.count > 0 ? PAUSE_MS : LOOK_ROUND_MS);
    await Promise.race([pause.promise, this.#stopping.promise]);
    clearTimeout(timer);
  }

  /** Told once for the same rows, however often it is tried again. */
  async #block(version: number, unreadable: readonly UnreadableRow[]): Promise<void> {
    const rows = unreadable.map(({ table, id }) => `${table}/${id}`);
    const known = this.#unreadable.map(({ table, id }) => `${table}/${id}`);
    this.#unreadable = unreadable;
    if (JSON.stringify(rows) === JSON.stringify(known)) return;
    const details = { kek_version: version, rows_unreadable: rows.length, rows: rows.slice(0, NAMED_ROWS) };
    await this.#ledger.commit((tx) =>
      tx.audit(entryOf({ action: "rotate_kek_blocked", status: "alarm", details }))
    );
  }

  async #complete({ from, to }: Versions): Promise<void> {
    const completed = await this.#ledger.commit((tx) => this.#record(tx, to));
    // A row that came late is the next run's.
    if (!completed) return;
    this.#reached("kek_rotation.completed");
    this.#unreadable = [];
    await Promise.race([this.#vault.users.gone(), this.#stopping.promise]);
    this.#vault.kek.retire(from);
    this.#traces = !this.#store.overwriteDeleted();
  }

  async #record(tx: Tx, version: number): Promise<boolean> {
    const now = this.#clock.now();
    const rotation = await completeRotation(tx, version, now);
    if (rotation === undefined) return false;
    const { rows_rewrapped, secrets_rewrapped } = rotation;
    const facts = { kek_version: version, rows_rewrapped, secrets_rewrapped };
    await tx.audit(entryOf({ action: "rotate_kek_complete", status: "success", details: facts }));
    await raiseEvent(tx, now, { kind: "kek_rotated", facts });
    return true;
  }
}

function entryOf(facts: Pick<AuditEntry, "action" | "status" | "details">): AuditEntry {
  return { principal: "system", ...facts, origin: SYSTEM_ORIGIN };
}
