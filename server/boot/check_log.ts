/**
 * Looks at the newest rows of the audit log when the server starts: what somebody changed while it was down, most likely
 * the traces of their last visit, is said at once. A broken log is an alarm, not a reason to serve nobody.
 */

import { systemClock } from "../../shared/clock.ts";
import { GENESIS } from "../audit/chain.ts";
import { chainStart } from "../audit/checkpoints.ts";
import { SYSTEM_ORIGIN } from "../audit/entry.ts";
import { endsThere, readTailRecord } from "../audit/tail_record.ts";
import { verifyChain } from "../audit/verify.ts";
import { raiseEvent } from "../events/raise.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { ChainTail } from "../store/writer.ts";
import type { Unsealed } from "../vault/seal.ts";

/** About ten milliseconds of boot. */
const ROWS = 250;

/** Writes an alarm into log and audit log where a row is not what was written. Whether all was well. */
export async function checkNewestRows(store: Store, unsealed: Unsealed, log: Logger): Promise<boolean> {
  const verdict = await verifyChain(store.auditPages, unsealed.keys.auditMac, {
    after: await startingPoint(store, unsealed),
  });
  const wrong = verdict.ok ? await wrongEnd(store, unsealed, verdict.tail) : verdict;
  if (wrong === undefined) return true;
  const { seq, fault } = wrong;
  log.error("the audit log was changed outside the server", { row: seq, fault });
  await unsealed.ledger.commit(async (tx) => {
    await tx.audit({
      principal: "system",
      action: "audit_chain_broken",
      status: "alarm",
      details: { seq, fault },
      origin: SYSTEM_ORIGIN,
    });
    await raiseEvent(tx, systemClock.now(), { kind: "audit_chain_broken", facts: { seq, fault } });
  });
  return false;
}

/** Rows were cut off the end where the record of it says otherwise. */
async function wrongEnd(store: Store, { ledger }: Unsealed, tail: ChainTail) {
  const record = await readTailRecord(store.reader, ledger.proof);
  return endsThere(record, tail) ? undefined : { seq: tail.seq + 1, fault: "truncated" as const };
}

/** The row before the first one to look at. */
async function startingPoint(store: Store, { ledger }: Unsealed): Promise<ChainTail> {
  const row = await store.reader.selectFrom("audit_log").select(["seq", "mac"])
    .orderBy("seq", "desc").offset(ROWS).limit(1).executeTakeFirst();
  if (row !== undefined) return row;
  const start = await chainStart(store.reader, ledger.proof);
  return start.kind === "proven" ? start.after : GENESIS;
}
