/** Counts the uses of approvals of commands, inside the transaction that releases what they open. */

import type { Instant } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { CommandGrant } from "../../access/command_keys.ts";
import type { Tx } from "../../audit/ledger.ts";

/**
 * Takes one use of each. Another run may have taken the last one since it was looked at.
 * @throws VaultError `command.not_covered`
 */
export async function spendUses(tx: Tx, grants: readonly CommandGrant[], now: Instant): Promise<void> {
  for (const { id } of grants) {
    const spent = await tx.db.updateTable("command_grants")
      .set((eb) => ({
        uses_left: eb("uses_left", "-", 1),
        used: eb("used", "+", 1),
        last_used_at: now,
      }))
      .where("id", "=", id).where("status", "=", "approved").where("valid_until", ">", now)
      .where((eb) => eb.or([eb("uses_left", "is", null), eb("uses_left", ">", 0)]))
      .executeTakeFirst();
    if (spent.numUpdatedRows !== 1n) throw usedUp();
  }
}

function usedUp(): VaultError {
  return new VaultError(
    "command.not_covered",
    "The approval of this command is used up or over; ask for it again with cortex run --request",
  );
}
