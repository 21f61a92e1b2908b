/** What is wrong with a log, in words. */

import type { VerifyAuditResponse } from "../api/audit_verify.ts";

export type AuditFault = NonNullable<VerifyAuditResponse["fault"]>;

/** One sentence without a full stop. */
export function describeFault({ seq, fault, origin }: AuditFault): string {
  switch (fault) {
    case "changed":
      return `Row ${seq} was changed: its content or its time is not what was written`;
    case "moved":
      return `Row ${seq} is the row that was written as number ${
        origin ?? "?"
      }: rows were exchanged or copied`;
    case "missing":
      return `Row ${seq} is missing`;
    case "unlinked":
      return `Row ${seq} does not follow on row ${seq - 1}: rows between them were taken out`;
    case "truncated":
      return `The log ends before row ${seq}: its newest rows were cut off`;
    case "unproven_start":
      return `The rows before row ${seq} are gone, and no checkpoint of this vault stands for them`;
    case "tree_changed":
      return `The tree that is kept over the rows up to ${seq} is not the one that was built over them`;
  }
}
