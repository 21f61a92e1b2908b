/**
 * The record of where the log ends. Rows that are cut off its end leave it behind; somebody who brings back an older whole
 * database brings an older record with it, which only an anchor outside shows.
 */

import { equalBytes } from "../../shared/crypto/hash.ts";
import type { Queries } from "../store/schema.ts";
import type { ChainTail, StoredTail } from "../store/writer.ts";
import type { AuditProver } from "./prover.ts";

/** The record; `genuine` says whether its MAC is ours. */
export interface TailRecord extends ChainTail {
  readonly genuine: boolean;
}

/** Undefined where there is none: every log with a row has one. */
export async function readTailRecord(reader: Queries, prover: AuditProver): Promise<TailRecord | undefined> {
  const row = await reader.selectFrom("audit_tail").select(["seq", "mac", "record_mac"]).executeTakeFirst();
  return row === undefined ? undefined : judgeRecord(row, prover);
}

/** The record as it is stored, with what its MAC says. */
export function judgeRecord({ seq, mac, record_mac }: StoredTail, prover: AuditProver): TailRecord {
  return { seq, mac, genuine: equalBytes(prover.tailMac({ seq, mac }), record_mac) };
}

/** Whether the log ends where the record says. A log without one has lost it: the first row of a vault comes with it. */
export function endsThere(record: TailRecord | undefined, tail: ChainTail): boolean {
  return record?.genuine === true && record.seq === tail.seq && equalBytes(record.mac, tail.mac);
}
