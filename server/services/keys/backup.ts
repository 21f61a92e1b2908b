/**
 * Backups while the server serves: a snapshot of the database, sealed under a key of its own that the KEK wraps. A row
 * in the log says that a copy of the vault leaves before its first byte does, and a second one how that ended.
 */

import { type Clock, SECOND } from "../../../shared/clock.ts";
import { randomBytes, randomUuid } from "../../../shared/crypto/random.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { toHex } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { VERSION } from "../../../shared/version.ts";
import type { AuditDetail, AuditEntry } from "../../audit/entry.ts";
import type { Ledger } from "../../audit/ledger.ts";
import { type ArchiveSummary, writeArchive } from "../../backup/archive_writer.ts";
import type { ArchiveHeader } from "../../backup/header.ts";
import { sealFacts } from "../../backup/seal_facts.ts";
import { type AdminCaller, principalOf } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import { DamagedTable, type Snapshot } from "../../store/snapshot.ts";
import type { Store } from "../../store/store.ts";
import type { Vault } from "../../vault/vault.ts";
import type { ServiceDeps } from "../deps.ts";
import { Pace } from "../pace.ts";

/** A reader that takes nothing for so long has gone: its snapshot would keep the write-ahead log growing. */
export const IDLE_LIMIT_MS = 60 * SECOND;

const ACTION = "backup";

/** An archive on its way. */
export interface BackupStream {
  readonly archiveId: string;
  readonly body: ReadableStream<Uint8Array>;
}

interface Running {
  readonly archiveId: string;
  readonly caller: AdminCaller;
  readonly snapshot: Snapshot;
  readonly key: Uint8Array;
  readonly pieces: Generator<Uint8Array, ArchiveSummary>;
  /** When the reader last asked for more. */
  askedAt: number;
  /** Ends the stream with an error; known once it has begun. */
  fail(error: unknown): void;
}

export class BackupService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: Clock;
  #running: Running | undefined;
  #starting = false;
  #stopped = false;

  constructor({ store, ledger, vault, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#vault = vault;
    this.#clock = clock;
  }

  /**
   * Begins a backup. The stream ends with an error, and without its last bytes, where the backup did not end well.
   * @throws VaultError `backup.running`, `backup.unavailable`, `server.stopping`, `server.audit_unavailable`
   */
  async begin(caller: AdminCaller): Promise<BackupStream> {
    this.#checkNotStopped();
    if (this.#running !== undefined || this.#starting) throw running();
    this.#starting = true;
    try {
      const archiveId = randomUuid();
      await this.#announce(caller, archiveId);
      const run = this.#running = await this.#startOrSay(caller, archiveId);
      return { archiveId, body: this.#stream(run) };
    } finally {
      this.#starting = false;
    }
  }

  /** Ends a backup whose reader has gone silent. */
  async endIdle(): Promise<void> {
    const run = this.#running;
    if (run === undefined || this.#clock.now() - run.askedAt < IDLE_LIMIT_MS) return;
    await this.#abort(run, "idle", ended("nobody reads it"));
  }

  /** Ends a backup that runs, and begins no more: the server stops. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.end("stopped", "the server stops");
  }

  /** Ends a backup that runs, for the log by a word, for people by a reason: the vault is sealed, for one. */
  async end(word: string, reason: string): Promise<void> {
    if (this.#running !== undefined) await this.#abort(this.#running, word, ended(reason));
  }

  async #startOrSay(caller: AdminCaller, archiveId: string): Promise<Running> {
    try {
      return this.#start(caller, archiveId);
    } catch (error) {
      await this.#audit(caller, "failed", { archive_id: archiveId, reason: "not_started" });
      throw error;
    }
  }

  #checkNotStopped(): void {
    if (this.#stopped) throw new VaultError("server.stopping", "The server is stopping");
  }

  #start(caller: AdminCaller, archiveId: string): Running {
    this.#checkNotStopped();
    const snapshot = this.#store.snapshots.begin();
    if (snapshot === undefined) {
      throw unavailable("The database cannot be read at one moment; use one in a file");
    }
    const key = randomBytes(32);
    try {
      const pieces = writeArchive(snapshot, this.#header(snapshot, archiveId, key), key);
      return { archiveId, caller, snapshot, key, pieces, askedAt: this.#clock.now(), fail: () => {} };
    } catch (error) {
      wipe(key);
      snapshot.end();
      throw error;
    }
  }

  #header(snapshot: Snapshot, archiveId: string, key: Uint8Array): ArchiveHeader {
    const facts = sealFacts(snapshot);
    if (facts === undefined) throw rotating();
    const wrappedKey = this.#vault.wrapArchiveKey({ archiveId, kekVersion: facts.kekVersion }, key);
    return { archiveId, createdAt: this.#clock.now(), madeBy: VERSION, ...facts, wrappedKey };
  }

  #stream(run: Running): ReadableStream<Uint8Array> {
    const pace = new Pace();
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        run.fail = (error) => controller.error(error);
      },
      pull: async (controller) => {
        await pace.rest();
        await this.#advance(run, controller);
      },
      cancel: () => this.#abort(run, "cancelled", undefined),
    }, { highWaterMark: 0 });
  }

  async #advance(run: Running, controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#running !== run) return;
    run.askedAt = this.#clock.now();
    try {
      const { done, value } = run.pieces.next();
      if (done !== true) return controller.enqueue(value);
      await this.#complete(run, value);
      controller.enqueue(value.digest);
      controller.close();
    } catch (error) {
      const isDamaged = error instanceof DamagedTable;
      await this.#abort(run, isDamaged ? `damaged_table:${error.table}` : "failed", error);
    }
  }

  /** The last bytes leave only once the log says that the archive is whole. */
  async #complete(run: Running, summary: ArchiveSummary): Promise<void> {
    this.#release(run);
    const { tables, rows, bytes } = summary;
    const sha256 = toHex(summary.digest);
    await this.#audit(run.caller, "success", { archive_id: run.archiveId, tables, rows, bytes, sha256 });
  }

  async #abort(run: Running, reason: string, error: unknown): Promise<void> {
    if (this.#running !== run) return;
    this.#release(run);
    if (error !== undefined) run.fail(error);
    await this.#audit(run.caller, "failed", { archive_id: run.archiveId, reason });
  }

  #release(run: Running): void {
    this.#running = undefined;
    run.snapshot.end();
    wipe(run.key);
  }

  /** Durable before anything is read: the row, and the event that tells people. */
  async #announce(caller: AdminCaller, archiveId: string): Promise<void> {
    const facts = { archive: archiveId };
    const { sourceIp } = caller.origin;
    await this.#ledger.commit(async (tx) => {
      await tx.audit(entryOf(caller, "pending", { archive_id: archiveId }));
      await raiseEvent(tx, this.#clock.now(), { kind: "backup_begun", sourceIp, facts });
    });
  }

  async #audit(caller: AdminCaller, status: string, details: Details): Promise<void> {
    await this.#ledger.commit((tx) => tx.audit(entryOf(caller, status, details)));
  }
}

type Details = Readonly<Record<string, AuditDetail>>;

function entryOf(caller: AdminCaller, status: string, details: Details): AuditEntry {
  return { principal: principalOf(caller), action: ACTION, status, details, origin: caller.origin };
}

/** Breaks the answer off, so that no client takes it for whole. The runtime prints it, so it is one line. */
function ended(reason: string): Error {
  const error = new Error(`a backup was ended: ${reason}`);
  error.stack = error.message;
  return error;
}

function running(): VaultError {
  return new VaultError("backup.running", "Another backup runs; wait until it has ended", { retryAfter: 10 });
}

function rotating(): VaultError {
  return new VaultError(
    "backup.unavailable",
    "The key of the vault is being rotated; make the backup when that is complete",
    { retryAfter: 10 },
  );
}

function unavailable(message: string): VaultError {
  return new VaultError("backup.unavailable", message);
}
