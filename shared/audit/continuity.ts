/** Whether a log goes on from a head that was kept, judged by what its server shows and nothing else. */

import { fromHex } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { type AuditConsistency, type AuditHead, isSigned } from "./head.ts";
import { verifyConsistency } from "./merkle.ts";

/** @throws VaultError `audit.broken` saying how it does not */
export function checkContinuity(kept: AuditHead, { proof, head }: AuditConsistency): void {
  checkSameLog(kept, head);
  if (head.tree_size < kept.tree_size) throw rolledBack(kept, head.tree_size);
  const goesOn = verifyConsistency(
    { size: kept.tree_size, root: bytesOf(kept.root_hash) },
    { size: head.tree_size, root: bytesOf(head.root_hash) },
    proof.map(bytesOf),
  );
  if (!goesOn) {
    throw broken(
      `The log is not the one that had ${kept.tree_size} rows at ${timeOf(kept)}: it was rewritten`,
    );
  }
}

/** @throws VaultError `audit.broken` where the head is not signed by the key of the kept one */
export function checkSameLog(kept: AuditHead, head: AuditHead): void {
  if (!isSigned(head)) throw broken("The server's head has no good signature");
  if (head.public_key !== kept.public_key) {
    throw broken("The server's head is signed by another key than the kept heads: it is another vault");
  }
}

/** Of a log with fewer rows than were kept. */
export function rolledBack(kept: AuditHead, size: number): VaultError {
  return broken(
    `The log had ${kept.tree_size} rows at ${
      timeOf(kept)
    } and has ${size} now: an older database was brought back`,
  );
}

function timeOf({ timestamp }: AuditHead): string {
  return new Date(timestamp).toISOString();
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}

function broken(message: string): VaultError {
  return new VaultError("audit.broken", message);
}
