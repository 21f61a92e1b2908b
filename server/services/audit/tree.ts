/**
 * Keeps the tree over the audit log up to date: as soon as 256 rows more are there, their node is kept. The rows are
 * verified on the way, so that what was changed behind the server's back is told within seconds, and never becomes a part
 * of the tree.
 */

import { perfectRootHex } from "../../../shared/audit/merkle.ts";
import type { Clock } from "../../../shared/clock.ts";
import { SYSTEM_ORIGIN } from "../../audit/entry.ts";
import type { Ledger } from "../../audit/ledger.ts";
import { type LogFault, LogVerifier } from "../../audit/log_verifier.ts";
import { chainStart } from "../../audit/checkpoints.ts";
import { TILE_ROWS } from "../../audit/tree.ts";
import { newestTile } from "../../audit/tree_check.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { Store } from "../../store/store.ts";
import type { ChainTail } from "../../store/writer.ts";
import type { ServiceDeps } from "../deps.ts";

/** Kept in one transaction at most. */
const TILES_AT_ONCE = 64;
/** A quarter of a millisecond between two turns of the event loop: releases that go on meanwhile wait no longer. */
const ROWS_AT_ONCE = 32;

interface NewTile {
  readonly tile: number;
  readonly root: Uint8Array;
}

export class AuditTreeKeeper {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  /** One alarm is enough; the log stays broken. */
  #broken = false;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Keeps the nodes over all whole tiles that are there by now, and looks at the rows behind them. */
  async tend(): Promise<void> {
    await this.#keepTiles();
    if (!this.#broken) await this.#checkNewest();
  }

  async #keepTiles(): Promise<void> {
    while (!this.#broken) {
      const tiles = await this.#nextTiles();
      if (tiles.length === 0) return;
      await this.#ledger.commit(async (tx) => {
        await tx.db.insertInto("audit_tiles").values(tiles.map((tile) => ({ ...tile, leaves: null })))
          .execute();
      });
      if (tiles.length < TILES_AT_ONCE) return;
    }
  }

  /**
   * Rows that are in no tile yet, and the end of the log: in a quiet vault it takes days until a tile is whole. Costs some
   * milliseconds.
   */
  async #checkNewest(): Promise<void> {
    const { written, proof } = this.#ledger;
    const end = (await newestTile(this.#store.reader) + 1) * TILE_ROWS;
    const after = await this.#isWithoutGap(end) ? await this.#tailAt(end) : undefined;
    if (after === undefined) return await this.raiseBroken(await this.#whatIsGone(end));
    const verdict = await new LogVerifier(this.#store, proof).piece(after);
    if (!verdict.ok) return await this.raiseBroken(verdict.fault);
    const isCutOff = verdict.atEnd && verdict.tail.seq < (written?.seq ?? 0);
    if (isCutOff) await this.raiseBroken({ seq: verdict.tail.seq + 1, fault: "truncated" });
  }

  async #isWithoutGap(end: number): Promise<boolean> {
    const { count } = await this.#store.reader.selectFrom("audit_tiles")
      .select((eb) => eb.fn.countAll().as("count")).executeTakeFirstOrThrow();
    return Number(count) * TILE_ROWS >= end;
  }

  /** Of a log whose tiles have a gap, or end where no row is. */
  async #whatIsGone(end: number): Promise<LogFault> {
    const verdict = await new LogVerifier(this.#store, this.#ledger.proof).verify();
    return verdict.ok ? { seq: end, fault: "tree_changed" } : verdict.fault;
  }

  async #nextTiles(): Promise<readonly NewTile[]> {
    const first = await newestTile(this.#store.reader) + 1;
    let after = await this.#tailAt(first * TILE_ROWS);
    const tiles: NewTile[] = [];
    while (after !== undefined && tiles.length < TILES_AT_ONCE && this.#hasRow(after.seq + TILE_ROWS)) {
      const leaves: string[] = [];
      const verdict = await this.#ledger.proof.verifyRows(this.#store.auditPages, {
        after,
        limit: TILE_ROWS,
        pageSize: ROWS_AT_ONCE,
        onLeaf: (leaf) => leaves.push(leaf),
      });
      if (!verdict.ok) {
        await this.raiseBroken(verdict);
        break;
      }
      tiles.push({ tile: first + tiles.length, root: Uint8Array.fromHex(perfectRootHex(leaves)) });
      after = verdict.tail;
    }
    return tiles;
  }

  /** Says once in log and events that the audit log was changed outside the server. */
  async raiseBroken({ seq, fault }: Pick<LogFault, "seq" | "fault">): Promise<void> {
    if (this.#broken) return;
    this.#broken = true;
    const details = { seq, fault };
    await this.#ledger.commit(async (tx) => {
      await tx.audit({
        principal: "system",
        action: "audit_chain_broken",
        status: "alarm",
        details,
        origin: SYSTEM_ORIGIN,
      });
      await raiseEvent(tx, this.#clock.now(), { kind: "audit_chain_broken", facts: details });
    });
  }

  #hasRow(seq: number): boolean {
    return this.#store.auditPages.page(seq - 1, 1).length > 0;
  }

  /** Undefined where the row before the next tile is gone and nothing stands for it: verification will say so. */
  async #tailAt(seq: number): Promise<ChainTail | undefined> {
    const start = await chainStart(this.#store.reader, this.#ledger.proof);
    if (start.kind === "proven" && start.after.seq === seq) return start.after;
    return new LogVerifier(this.#store, this.#ledger.proof).tailAt(seq);
  }
}
