/**
 * The audit log as a whole, from its beginning, or the checkpoint that stands for it, to its end: rows, links, the nodes of the
 * tree over them, and the record of where it ends. Long logs are verified in pieces, so that the server serves meanwhile
 * and who waits sees how far it is.
 */

import type { Store } from "../store/store.ts";
import type { ChainTail } from "../store/writer.ts";
import { GENESIS } from "./chain.ts";
import { chainStart } from "./checkpoints.ts";
import type { AuditProver } from "./prover.ts";
import { endsThere, readTailRecord } from "./tail_record.ts";
import { TILE_ROWS } from "./tree.ts";
import { newestTile, readTiles, treeBehind, TreeCheck } from "./tree_check.ts";
import { type ChainFault, tailOf } from "./verify.ts";

/** What the verifier reads. */
export type LogStore = Pick<Store, "reader" | "auditPages">;

/** `tree_changed`: the rows verify, and the kept node of the tree over those up to `seq` is another. */
export interface LogFault {
  readonly seq: number;
  readonly fault: ChainFault | "tree_changed";
  /** Of a moved row: the number it was written under. */
  readonly origin?: number;
}

export type PieceVerdict =
  | { readonly ok: true; readonly tail: ChainTail; readonly atEnd: boolean }
  | { readonly ok: false; readonly fault: LogFault };

export type LogVerdict =
  | { readonly ok: true; readonly first: number; readonly rows: number; readonly tail: ChainTail }
  | { readonly ok: false; readonly fault: LogFault };

/** Whole tiles, so that a piece ends where a node of the tree does. */
export const PIECE_ROWS = 200 * TILE_ROWS;

export class LogVerifier {
  readonly #store: LogStore;
  readonly #prover: AuditProver;

  constructor(store: LogStore, prover: AuditProver) {
    this.#store = store;
    this.#prover = prover;
  }

  /** All of it. */
  async verify(onProgress: (seq: number) => void = () => {}): Promise<LogVerdict> {
    const start = await this.start();
    if (!start.ok) return start;
    const first = start.tail.seq + 1;
    for (let after = start.tail;;) {
      const piece = await this.piece(after);
      if (!piece.ok) return piece;
      after = piece.tail;
      onProgress(after.seq);
      if (piece.atEnd) return { ok: true, first, rows: after.seq + 1 - first, tail: after };
    }
  }

  /** What the first row to look at hangs on. */
  async start(): Promise<PieceVerdict> {
    const start = await chainStart(this.#store.reader, this.#prover);
    if (start.kind === "forged") return broken({ seq: start.seq, fault: "unproven_start" });
    const first = this.#store.auditPages.first();
    const { after } = start;
    if (after === GENESIS && first !== undefined && first > 1) {
      return broken({ seq: first, fault: "unproven_start" });
    }
    if (!("root" in after) || await treeBehind(this.#store, after)) {
      return { ok: true, tail: after, atEnd: false };
    }
    return broken({ seq: after.seq, fault: "tree_changed" });
  }

  /** The next {@linkcode PIECE_ROWS} after a row that verified, and the end of the log where it comes. */
  async piece(after: ChainTail): Promise<PieceVerdict> {
    const first = Math.ceil(after.seq / TILE_ROWS);
    const tree = new TreeCheck(
      after.seq,
      await readTiles(this.#store.reader, first, PIECE_ROWS / TILE_ROWS),
    );
    const verdict = await this.#prover.verifyRows(this.#store.auditPages, {
      after,
      limit: PIECE_ROWS,
      onLeaf: (leaf) => tree.take(leaf),
    });
    if (!verdict.ok) {
      const { seq, fault, origin } = verdict;
      return broken({ seq, fault, ...(origin === undefined ? {} : { origin }) });
    }
    if (tree.wrongAt !== undefined) return broken({ seq: tree.wrongAt, fault: "tree_changed" });
    const { tail, rows } = verdict;
    return rows === PIECE_ROWS ? { ok: true, tail, atEnd: false } : await this.#end(tail);
  }

  /** The row of a number as the end of what was verified before; undefined where it is gone. */
  tailAt(seq: number): ChainTail | undefined {
    const [row] = this.#store.auditPages.page(seq - 1, 1);
    return row === undefined || row[0] !== seq ? undefined : tailOf(row);
  }

  /** Rows may have come while the others were looked at: the record then speaks of one of those. */
  async #end(tail: ChainTail): Promise<PieceVerdict> {
    const record = await readTailRecord(this.#store.reader, this.#prover);
    const treeEndsBefore = (await newestTile(this.#store.reader) + 1) * TILE_ROWS <= tail.seq;
    if (endsThere(record, tail) && treeEndsBefore) return { ok: true, tail, atEnd: true };
    const hasMore = this.#store.auditPages.page(tail.seq, 1).length > 0;
    if (hasMore) return { ok: true, tail, atEnd: false };
    if (endsThere(record, tail)) return broken({ seq: tail.seq, fault: "tree_changed" });
    return broken({ seq: tail.seq + 1, fault: "truncated" });
  }
}

function broken(fault: LogFault): PieceVerdict & { readonly ok: false } {
  return { ok: false, fault };
}
