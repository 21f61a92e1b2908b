/**
 * Rows leave the audit log by their age, in whole tiles and behind a signed checkpoint: first the checkpoint and the leaves of
 * the rows, in one transaction with a row that tells of it, then the rows, piece by piece. A server that dies in between
 * goes on where it was. The chain stays provable from the oldest row that is kept, and the tree for all rows that ever were.
 */

import { type Clock, DAY } from "../../../shared/clock.ts";
import { chainStart } from "../../audit/checkpoints.ts";
import { SYSTEM_ORIGIN } from "../../audit/entry.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import { type Checkpoint, checkpointMessage } from "../../audit/prover.ts";
import { type AuditTree, TILE_ROWS } from "../../audit/tree.ts";
import { type StepObserver, unobserved } from "../../durable_steps.ts";
import type { Store } from "../../store/store.ts";
import type { AuditTreeKeeper } from "./tree.ts";
import type { ServiceDeps } from "../deps.ts";

export const DEFAULT_RETENTION_DAYS = 60;
/** Rows behind one checkpoint at most; the next hour has the next one. */
const MOST_ROWS = 512 * TILE_ROWS;
/** Rows deleted in one transaction: a few milliseconds. */
const SEGMENT_ROWS = 4 * TILE_ROWS;

export class AuditRetention {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #tree: AuditTree;
  readonly #keeper: AuditTreeKeeper;
  readonly #days: number;
  readonly #reached: StepObserver;

  constructor(deps: ServiceDeps, tree: AuditTree, keeper: AuditTreeKeeper) {
    const { store, ledger, clock, config, reached = unobserved } = deps;
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#tree = tree;
    this.#keeper = keeper;
    this.#days = config.auditRetentionDays ?? DEFAULT_RETENTION_DAYS;
    this.#reached = reached;
  }

  /** Puts away what is too old; nothing where rows are kept for ever. */
  async tend(): Promise<void> {
    await this.#deleteBehindCheckpoint();
    const seq = this.#days === 0 ? 0 : await this.#lastOldRow();
    if (seq === 0) return;
    await this.#writeCheckpoint(seq);
    await this.#deleteBehindCheckpoint();
  }

  /** The end of the last tile of which every row is too old and that the tree has; 0 where there is none. */
  async #lastOldRow(): Promise<number> {
    const oldest = this.#store.auditPages.first();
    if (oldest === undefined) return 0;
    const before = this.#clock.now() - this.#days * DAY;
    const young = await this.#store.reader.selectFrom("audit_log").select((eb) => eb.fn.min("seq").as("seq"))
      .where("at", ">=", before).executeTakeFirstOrThrow();
    const end = young.seq === null ? Infinity : Number(young.seq) - 1;
    const tiles = Math.min(Math.floor(end / TILE_ROWS), await this.#tree.tileCount());
    return tiles * TILE_ROWS >= oldest ? tiles * TILE_ROWS : 0;
  }

  /** Rows that do not verify are not put away: they are evidence. */
  async #writeCheckpoint(seq: number): Promise<void> {
    const start = await chainStart(this.#store.reader, this.#ledger.proof);
    if (start.kind === "forged") return;
    const leaves: string[] = [];
    const verdict = await this.#ledger.proof.verifyRows(this.#store.auditPages, {
      after: start.after,
      limit: Math.min(seq - start.after.seq, MOST_ROWS),
      onLeaf: (leaf) => leaves.push(leaf),
    });
    if (!verdict.ok) return await this.#keeper.raiseBroken(verdict);
    const { tail, rows } = verdict;
    const checkpoint = { ...tail, root: (await this.#tree.roots(tail.seq))(0, tail.seq) };
    await this.#ledger.commit(async (tx) => {
      await keepLeaves(tx, start.after.seq / TILE_ROWS, leaves);
      await tx.db.insertInto("audit_checkpoints").values(this.#toRow(checkpoint)).execute();
      await tx.audit({
        principal: "system",
        action: "audit_retention",
        status: "success",
        details: { up_to: tail.seq, rows, days: this.#days },
        origin: SYSTEM_ORIGIN,
      });
    });
    this.#tree.forget();
    this.#reached("retention.checkpoint_written");
  }

  #toRow(checkpoint: Checkpoint) {
    const { seq, mac, root } = checkpoint;
    const signature = this.#ledger.proof.sign(checkpointMessage(checkpoint));
    return { seq, mac, root, created_at: this.#clock.now(), signature };
  }

  async #deleteBehindCheckpoint(): Promise<void> {
    const start = await chainStart(this.#store.reader, this.#ledger.proof);
    if (start.kind === "forged" || start.after.seq === 0) return;
    const end = start.after.seq;
    for (let first; (first = this.#store.auditPages.first()) !== undefined && first <= end;) {
      const upTo = Math.min(first + SEGMENT_ROWS - 1, end);
      await this.#ledger.commit(async (tx) => {
        await tx.db.deleteFrom("audit_log").where("seq", "<=", upTo).execute();
      });
      this.#reached("retention.segment_deleted");
    }
  }
}

/** In the place of rows that are about to go. */
async function keepLeaves(tx: Tx, firstTile: number, leaves: readonly string[]): Promise<void> {
  for (let at = 0; at < leaves.length; at += TILE_ROWS) {
    const bytes = Uint8Array.fromHex(leaves.slice(at, at + TILE_ROWS).join(""));
    await tx.db.updateTable("audit_tiles").set({ leaves: bytes })
      .where("tile", "=", firstTile + at / TILE_ROWS).execute();
  }
}
