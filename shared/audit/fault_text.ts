/** What is wrong with an audit log, in words for the people who keep it. */

import type { VerifyAuditResponse } from "../api/audit_verify.ts";

export type AuditFault = NonNullable<VerifyAuditResponse["fault"]>;

const TEXT: Readonly<Record<AuditFault["fault"], (fault: AuditFault) => string>> = {
  changed: ({ seq }) => `Row ${seq} was changed: a field, its time or its MAC is not what was written`,
  moved: ({ seq, origin }) =>
    `In the place of row ${seq} stands the one that was written as row ${origin ?? "?"}: swapped or copied`,
  missing: ({ seq }) => `Row ${seq} is missing: it was deleted, and rows after it were not`,
  unlinked: ({ seq }) => `Row ${seq} does not follow the row before it: rows of another log were put in`,
  truncated: ({ seq }) =>
    `The newest rows, from ${seq} on, were cut off, or the record of where the log ends was changed`,
  unproven_start: ({ seq }) =>
    `The rows before ${seq} are gone, and no checkpoint that the server signed stands for them`,
  tree_changed: ({ seq }) =>
    `The rows up to ${seq} are as they were written, but what is stored of the tree over them was changed`,
};

/** One sentence without full stop that names the first bad row. */
export function describeFault(fault: AuditFault): string {
  return TEXT[fault.fault](fault);
}
