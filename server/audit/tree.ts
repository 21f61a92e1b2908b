/**
 * The Merkle tree over all rows that were ever written. Nodes over 256 leaves are kept in `audit_tiles` ("tiles"); what is
 * above is computed from them and remembered, what is below from the rows, or from the leaves that were kept of rows that
 * are gone. Nothing here is trusted by a verifier: it recomputes the same from rows that verify.
 */

import {
  EMPTY_ROOT,
  type Hash,
  nodeHash,
  type RangeRoot,
  rangeRootOf,
  splitOf,
} from "../../shared/audit/merkle.ts";
import { leafHexOfStored } from "../../shared/audit/row_encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { AuditPages } from "../store/audit_pages.ts";
import type { Queries } from "../store/schema.ts";

/** Rows under one tile. */
export const TILE_ROWS = 256;
const HASH_BYTES = 32;

interface Tile {
  readonly root: Hash;
  readonly leaves: Uint8Array | null;
}

export class AuditTree {
  readonly #reader: Queries;
  readonly #pages: AuditPages;
  /** By number; only ever grows, because what is written is never changed. */
  readonly #tiles: Tile[] = [];
  /** Roots over whole powers of two of tiles. */
  readonly #upper = new Map<string, Hash>();

  constructor(reader: Queries, pages: AuditPages) {
    this.#reader = reader;
    this.#pages = pages;
  }

  /** How many tiles are kept; reads those that came since. */
  async tileCount(): Promise<number> {
    const rows = await this.#reader.selectFrom("audit_tiles").select(["tile", "root", "leaves"])
      .where("tile", ">=", this.#tiles.length).orderBy("tile").execute();
    for (const { tile, root, leaves } of rows) {
      if (tile !== this.#tiles.length) break;
      this.#tiles.push({ root, leaves });
    }
    return this.#tiles.length;
  }

  /**
   * Roots of ranges of leaves. Every tile below `size` but the last has to be kept.
   * @throws VaultError `server.busy` where it is not yet
   */
  async roots(size: number): Promise<RangeRoot> {
    const root = await this.rootsOfVerified();
    if (size > (this.#tiles.length + 1) * TILE_ROWS) throw notYet();
    return root;
  }

  /** {@linkcode roots} over rows that the caller has verified: what is not kept is computed from them. */
  async rootsOfVerified(): Promise<RangeRoot> {
    await this.tileCount();
    const root: RangeRoot = (start, end) => {
      if (end <= start) return EMPTY_ROOT;
      if (end - start <= TILE_ROWS && Math.floor(start / TILE_ROWS) === Math.floor((end - 1) / TILE_ROWS)) {
        return this.#inTile(start, end);
      }
      return this.#remembered(start, end, () => {
        const middle = start + splitOf(end - start);
        return nodeHash(root(start, middle), root(middle, end));
      });
    };
    return root;
  }

  #remembered(start: number, end: number, compute: () => Hash): Hash {
    // Only whole powers of two stay what they are as the log grows.
    const length = end - start;
    if (splitOf(length) * 2 !== length || start % length !== 0) return compute();
    const key = `${start}-${end}`;
    const known = this.#upper.get(key) ?? compute();
    this.#upper.set(key, known);
    return known;
  }

  #inTile(start: number, end: number): Hash {
    const number = Math.floor(start / TILE_ROWS);
    const tile = this.#tiles[number];
    const first = number * TILE_ROWS;
    if (tile !== undefined && start === first && end === first + TILE_ROWS) return tile.root;
    return rangeRootOf(this.#leavesOf(number))(start - first, end - first);
  }

  /** Leaves of a tile, as many as there are by now. */
  #leavesOf(number: number): Hash[] {
    const kept = this.#tiles[number]?.leaves;
    if (kept) return splitHashes(kept);
    const first = number * TILE_ROWS;
    return this.#pages.page(first, TILE_ROWS).map((row, index) => {
      if (row[0] !== first + index + 1) throw rowMissing(first + index + 1);
      return Uint8Array.fromHex(leafHexOfStored(row));
    });
  }

  /** Leaves were put in the place of rows: what is remembered of these tiles is out of date. */
  forget(): void {
    this.#tiles.length = 0;
  }
}

/** 32 bytes each. */
export function splitHashes(bytes: Uint8Array): Hash[] {
  return Array.from(
    { length: bytes.byteLength / HASH_BYTES },
    (_, index) => bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
}

/** Without it there is no tree over the rows. */
function rowMissing(seq: number): VaultError {
  return new VaultError(
    "audit.broken",
    `Row ${seq} of the audit log is missing, so nothing can be proven; find out who changed the log, with cortex verify-audit`,
  );
}

function notYet(): VaultError {
  return new VaultError("server.busy", "The newest rows are not in the tree yet; try again in a moment", {
    retryAfter: 5,
  });
}
