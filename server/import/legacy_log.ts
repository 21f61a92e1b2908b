/**
 * The audit log of the predecessor (section 3.8 of the wire contract). It is not brought over, because its chain hangs on
 * the old key; whether it is sound is found out once more, and the new log keeps its head.
 */

import { equalTexts, hmacSha256 } from "../../shared/crypto/hash.ts";
import { toHex } from "../../shared/encoding.ts";
import type { Snapshot, StoredRow } from "../store/snapshot.ts";
import { AUDIT_MAC_STATE, legacyRows } from "./legacy_rows.ts";

export interface LegacyLogVerdict {
  readonly rows: number;
  /** Rows at the end of the chain whose MACs are right. */
  readonly verified: number;
  /** Rows before them: without a MAC, or written before the old server's key was rotated. */
  readonly unverified: number;
  /**
   * `broken`: a row is missing, doubled or hangs on another one, the newest one is not the newest, or a MAC is wrong although
   * there was never another key.
   */
  readonly chain: "sound" | "broken";
  /** The MAC of the newest row. */
  readonly head: string;
}

/** What the MAC covers, in this order. */
const PAYLOAD = [
  "id",
  "agent_id",
  "project_name",
  "action",
  "resource_path",
  "status",
  "caller_pid",
  "caller_binary_sha256",
  "caller_argv_hash",
  "caller_cwd",
  "caller_git_commit",
  "source_ip",
  "hostname",
  "os",
] as const;

/** The MAC of a row that hangs on `prev`, in hex. */
export function legacyRowMac(key: Uint8Array, prev: string, row: StoredRow): string {
  const payload = Object.fromEntries(PAYLOAD.map((field) => [field, row[field] ?? null]));
  return toHex(hmacSha256(key, `${prev}\n${JSON.stringify(payload)}`));
}

/** `kekVersion` is 1 until the key was rotated, and the audit key with it. */
export function verifyLegacyLog(
  snapshot: Snapshot,
  key: Uint8Array,
  kekVersion: number,
): LegacyLogVerdict {
  const rows = snapshot.tables.includes("audit_logs") ? [...snapshot.rows("audit_logs")] : [];
  const chained = rows.filter((row) => typeof row["entry_mac"] === "string" && row["entry_mac"] !== "");
  const ordered = inOrder(chained);
  const head = textOf(ordered.at(-1), "entry_mac");
  const verified = verifiedAtEnd(ordered, key);
  const whole = ordered.length === chained.length && head === storedHead(snapshot) &&
    textOf(ordered[0], "prev_hash") === "" &&
    (kekVersion > 1 || verified === ordered.length);
  return {
    rows: rows.length,
    verified,
    unverified: rows.length - verified,
    chain: whole ? "sound" : "broken",
    head,
  };
}

/** From the row that hangs on none of the others, each with the one that hangs on it. Stops at a gap. */
function inOrder(rows: readonly StoredRow[]): StoredRow[] {
  const macs = new Set(rows.map((row) => textOf(row, "entry_mac")));
  const byPrevious = new Map(rows.map((row) => [textOf(row, "prev_hash"), row]));
  const ordered: StoredRow[] = [];
  let next = rows.find((row) => !macs.has(textOf(row, "prev_hash")));
  while (next !== undefined) {
    ordered.push(next);
    next = ordered.length < rows.length ? byPrevious.get(textOf(next, "entry_mac")) : undefined;
  }
  return ordered;
}

function verifiedAtEnd(ordered: readonly StoredRow[], key: Uint8Array): number {
  const wrong = ordered.findLastIndex((row) =>
    !equalTexts(legacyRowMac(key, textOf(row, "prev_hash"), row), textOf(row, "entry_mac"))
  );
  return ordered.length - 1 - wrong;
}

function storedHead(snapshot: Snapshot): string {
  const [state] = [...legacyRows(snapshot, AUDIT_MAC_STATE)];
  return state?.row?.tail_mac ?? "";
}

function textOf(row: StoredRow | undefined, column: string): string {
  const value = row?.[column];
  return typeof value === "string" ? value : "";
}
