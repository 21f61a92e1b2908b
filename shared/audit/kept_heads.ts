/**
 * Heads of the audit log's tree that somebody kept outside the server: lines of JSON, oldest first. A line may carry the
 * proof that it goes on from the line before, so that a long list is checked without asking the server for each.
 */

import { z } from "zod";
import { formatTimestamp } from "../clock.ts";
import { fromHex, toHex } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { AuditHead, isSigned } from "./head.ts";
import { verifyConsistency } from "./merkle.ts";

/** The name of the list in a folder or a Git repository. */
export const HEADS_FILE = "audit-heads.jsonl";

/** More is no list of heads: one every minute for six months. */
export const MOST_HEAD_BYTES = 128 * 1024 * 1024;

export const KeptHead = AuditHead.extend({
  /** Rows of the head before, from which `proof` leads here; absent in a list that a webhook made. */
  from: z.int().min(0).optional(),
  proof: z.array(z.string().regex(/^[0-9a-f]{64}$/)).optional(),
});
export type KeptHead = z.infer<typeof KeptHead>;

/**
 * The heads of a list by their size, each signed and all by one key. What follows the last line break was cut off while it
 * was written and does not count.
 * @throws VaultError `audit.anchor_invalid`, `audit.broken` for a head that is not signed or of another key
 */
export function readHeads(text: string): readonly KeptHead[] {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const heads = lines.flatMap((line, index) => line.trim() === "" ? [] : [readHead(line, index + 1)]);
  const other = heads.findIndex(({ public_key }) => public_key !== heads[0]?.public_key);
  if (other !== -1) {
    throw broken(`Kept head ${other + 1} is signed by another key than the first: the list is of two vaults`);
  }
  return heads.toSorted((left, right) => left.tree_size - right.tree_size);
}

function readHead(line: string, number: number): KeptHead {
  const head = KeptHead.safeParse(parse(line)).data;
  if (head === undefined) {
    throw new VaultError("audit.anchor_invalid", `Line ${number} of the kept heads is no head`);
  }
  if (isSigned(head)) return head;
  throw broken(`The kept head on line ${number} was changed: its signature does not verify`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Whether the proof shows that a log with the later head begins with all rows of the earlier one. */
export function goesOn(earlier: AuditHead, later: AuditHead, proof: readonly string[]): boolean {
  const hashes = proof.flatMap((hash) => fromHex(hash) ?? []);
  return earlier.public_key === later.public_key && hashes.length === proof.length &&
    verifyConsistency(treeOf(earlier), treeOf(later), hashes);
}

/** The heads without those that a later one vouches for by its own proof: what is left has to be asked for. */
export function unlinkedHeads(heads: readonly KeptHead[]): readonly KeptHead[] {
  return heads.filter((head, index) => {
    const next = heads[index + 1];
    return next?.proof === undefined || next.from !== head.tree_size || !goesOn(head, next, next.proof);
  });
}

/** `4,711 rows of 2026-05-01 12:00:00 UTC`. */
export function describeHead({ tree_size, timestamp }: AuditHead): string {
  return `${tree_size.toLocaleString("en")} rows of ${formatTimestamp(timestamp)} UTC`;
}

/** Whether two heads speak of the same rows. */
export function isSameTree(left: AuditHead, right: AuditHead): boolean {
  return left.tree_size === right.tree_size && left.root_hash === right.root_hash;
}

/** Whether rows have this root. */
export function hasRoot(head: AuditHead, root: Uint8Array): boolean {
  return toHex(root) === head.root_hash;
}

function treeOf({ tree_size, root_hash }: AuditHead) {
  return { size: tree_size, root: fromHex(root_hash) ?? new Uint8Array() };
}

function broken(message: string): VaultError {
  return new VaultError("audit.broken", message);
}
