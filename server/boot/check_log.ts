/**
 * Looks at the newest rows of the audit log when the server starts: what somebody changed while it was down, most likely
 * the traces of their last visit, is said at once. A broken log is an alarm, not a reason to serve nobody.
 */

import { GENESIS } from "../audit/chain.ts";
import { SYSTEM_ORIGIN } from "../audit/entry.ts";
import { verifyChain } from "../audit/verify.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { ChainTail } from "../store/writer.ts";
import type { Unsealed } from "../vault/seal.ts";

/** About ten milliseconds of boot. */
const ROWS = 250;

/** Writes an alarm into log and audit log where a row is not what was written. Whether all was well. */
export async function checkNewestRows(store: Store, unsealed: Unsealed, log: Logger): Promise<boolean> {
  const verdict = await verifyChain(store.auditPages, unsealed.keys.auditMac, {
    after: await startingPoint(store),
  });
  if (verdict.ok) return true;
  const { seq, fault } = verdict;
  log.error("the audit log was changed outside the server", { row: seq, fault });
  await unsealed.ledger.commit((tx) =>
    tx.audit({
      principal: "system",
      action: "audit_chain_broken",
      status: "alarm",
      details: { seq, fault },
      origin: SYSTEM_ORIGIN,
    })
  );
  return false;
}

/** The row before the first one to look at. */
async function startingPoint(store: Store): Promise<ChainTail> {
  const row = await store.reader.selectFrom("audit_log").select(["seq", "mac"])
    .orderBy("seq", "desc").offset(ROWS).limit(1).executeTakeFirst();
  return row ?? GENESIS;
}
