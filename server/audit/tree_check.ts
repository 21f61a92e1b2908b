/**
 * What is kept of the tree, held against rows and checkpoint. Proofs and heads are made of it, and it says which rows the
 * server has still to look at: a node that is changed, taken out or made up would spoil the first and stop the second.
 */

import { perfectRootHex } from "../../shared/audit/merkle.ts";
import { equalBytes } from "../../shared/crypto/hash.ts";
import type { Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { nextMacrotask } from "./macrotask.ts";
import type { Checkpoint } from "./prover.ts";
import { AuditTree, splitHashes, TILE_ROWS } from "./tree.ts";

interface KeptTile {
  readonly root: Uint8Array;
  /** Of rows that are gone, or about to go. */
  readonly leaves: Uint8Array | null;
}

/** What is kept over some rows. */
export interface KeptTiles {
  readonly tiles: ReadonlyMap<number, KeptTile>;
  /** The number of the newest tile of all; -1 where there is none. */
  readonly newest: number;
}

/** Tiles read at a time: half a megabyte of leaves. */
const PAGE_TILES = 64;

/** The newest first: older ones that are not there afterwards are missing. */
export async function readTiles(reader: Queries, first: number, count: number): Promise<KeptTiles> {
  const newest = await newestTile(reader);
  const rows = await reader.selectFrom("audit_tiles").select(["tile", "root", "leaves"])
    .where("tile", ">=", first).where("tile", "<", first + count).execute();
  return { newest, tiles: new Map(rows.map(({ tile, root, leaves }) => [tile, { root, leaves }])) };
}

/** Its number; -1 where there is none. */
export async function newestTile(reader: Queries): Promise<number> {
  const { newest } = await reader.selectFrom("audit_tiles")
    .select((eb) => eb.fn.max("tile").as("newest")).executeTakeFirstOrThrow();
  return newest === null ? -1 : Number(newest);
}

/** Whether what is kept over the rows behind a checkpoint is what it was signed over. */
export async function treeBehind(
  { reader, auditPages }: Pick<Store, "reader" | "auditPages">,
  { seq, root }: Checkpoint,
): Promise<boolean> {
  const end = seq / TILE_ROWS;
  for (let first = 0; first < end; first += PAGE_TILES) {
    const count = Math.min(PAGE_TILES, end - first);
    const { tiles } = await readTiles(reader, first, count);
    if (tiles.size < count || [...tiles.values()].some((tile) => !isWhole(tile))) return false;
    await nextMacrotask();
  }
  const roots = await new AuditTree(reader, auditPages).roots(seq);
  return equalBytes(roots(0, seq), root);
}

function isWhole({ root, leaves }: KeptTile): boolean {
  return leaves !== null && root.toHex() === perfectRootHex(splitHashes(leaves).map((leaf) => leaf.toHex()));
}

/** Compares the nodes over whole tiles as their leaves come by. */
export class TreeCheck {
  wrongAt: number | undefined;
  readonly #kept: KeptTiles;
  #seq: number;
  #leaves: string[] = [];

  constructor(seq: number, kept: KeptTiles) {
    this.#seq = seq;
    this.#kept = kept;
  }

  take(leaf: string): void {
    // A piece that begins inside a tile leaves that one to whoever begins before it.
    if (this.#leaves.length > 0 || this.#seq % TILE_ROWS === 0) this.#leaves.push(leaf);
    this.#seq++;
    if (this.#leaves.length < TILE_ROWS) return;
    if (!this.#isKept(this.#seq / TILE_ROWS - 1)) this.wrongAt ??= this.#seq;
    this.#leaves = [];
  }

  /** Newer ones may have still to be kept, one between others not. */
  #isKept(number: number): boolean {
    const { tiles, newest } = this.#kept;
    const tile = tiles.get(number);
    if (tile === undefined) return number > newest;
    return tile.root.toHex() === perfectRootHex(this.#leaves) &&
      (tile.leaves === null || tile.leaves.toHex() === this.#leaves.join(""));
  }
}
