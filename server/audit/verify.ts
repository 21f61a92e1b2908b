/**
 * Recomputes the audit log row by row. Names the first thing that is wrong with it, and tells a row that was changed from
 * one that was moved.
 */

import { leafHexOfStored } from "../../shared/audit/row_encoding.ts";
import { HmacMany } from "../../shared/crypto/hmac_many.ts";
import type { StoredKey } from "../../shared/crypto/key_storage.ts";
import { type AuditPages, type AuditValues, HIDES_TEXT } from "../store/audit_pages.ts";
import type { ChainTail } from "../store/writer.ts";
import { GENESIS } from "./chain.ts";
import { nextMacrotask } from "./macrotask.ts";

/** The first thing that is wrong with a log, or how far it is sound. */
export type ChainVerdict =
  | { readonly ok: true; readonly rows: number; readonly tail: ChainTail }
  | { readonly ok: false; readonly seq: number; readonly fault: ChainFault; readonly origin?: number };

/**
 * `changed`: the row is not what was written. `moved`: it is the row of another number, `origin`, by exchange or copy.
 * `missing`: no row has this number. `unlinked`: it hangs on another row than the one before it. `truncated`: the newest rows
 * were cut off. `unproven_start`: older rows are gone and no checkpoint of ours stands for them.
 */
export type ChainFault = "changed" | "moved" | "missing" | "unlinked" | "truncated" | "unproven_start";

export interface VerifyOptions {
  /** The row before the first one to look at, where the beginning was verified or put away before. */
  readonly after?: ChainTail;
  /** No further than this many rows; all of them where it is left out. */
  readonly limit?: number;
  /** Rows held in memory at a time. */
  readonly pageSize?: number;
  /** Gets the leaf of every row that is sound, in order, in hex. */
  readonly onLeaf?: (leaf: string) => void;
}

/** Two milliseconds between two turns of the event loop. */
const PAGE_ROWS = 256;
const SEQ = 0;
const PREV_MAC = 20;
const MAC = 21;
/** How far around its place a row's origin is looked for: some ten milliseconds. */
const SEARCH_ROWS = 2_000;

/** Recomputes the log from `after` on. Cannot tell a log whose newest rows were cut off: see `tail_record.ts`. */
export async function verifyChain(
  pages: AuditPages,
  key: StoredKey,
  options: VerifyOptions = {},
): Promise<ChainVerdict> {
  const { after = GENESIS, limit = Infinity, pageSize = PAGE_ROWS, onLeaf } = options;
  using macs = key.use((bytes) => new HmacMany(bytes));
  let before: Link = { seq: after.seq, mac: after.mac.toHex() };
  for (let left = limit; left > 0;) {
    const page = pages.page(before.seq, Math.min(pageSize, left));
    for (const row of page) {
      const checked = checkRow(macs, row, before);
      if (typeof checked !== "string") return { ok: false, seq: before.seq + 1, ...checked };
      onLeaf?.(checked);
      before = linkOf(row);
    }
    left -= page.length;
    if (page.length < pageSize) break;
    await nextMacrotask();
  }
  return { ok: true, rows: before.seq - after.seq, tail: { seq: before.seq, mac: fromHexMac(before.mac) } };
}

/** A {@linkcode ChainTail} with its MAC in hex. */
interface Link {
  readonly seq: number;
  readonly mac: string;
}

/** The end of the chain that a row is. */
export function tailOf(row: AuditValues): ChainTail {
  const { seq, mac } = linkOf(row);
  return { seq, mac: fromHexMac(mac) };
}

function linkOf(row: AuditValues): Link {
  return { seq: Number(row[SEQ]), mac: String(row[MAC]) };
}

function fromHexMac(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex);
}

type Wrong = { readonly fault: ChainFault; readonly origin?: number };

/** The row's leaf in hex, or what is wrong with it. */
function checkRow(macs: HmacMany, row: AuditValues, before: Link): string | Wrong {
  if (row[SEQ] !== before.seq + 1) return { fault: "missing" };
  const leaf = leafHexOfStored(row);
  if (!macs.fits(leaf, String(row[MAC]))) return whyNot(macs, row);
  if (row[HIDES_TEXT] !== 0) return { fault: "changed" };
  return row[PREV_MAC] === before.mac ? leaf : { fault: "unlinked" };
}

/** A row under another number than its own verifies under its own. */
function whyNot(macs: HmacMany, row: AuditValues): Wrong {
  const { seq: place, mac } = linkOf(row);
  for (let distance = 1; distance <= SEARCH_ROWS; distance++) {
    for (const seq of [place - distance, place + distance]) {
      if (seq >= 1 && macs.fits(leafHexOfStored(row, seq), mac)) return { fault: "moved", origin: seq };
    }
  }
  return { fault: "changed" };
}
