/** What is wrong with an audit log, in words for the people who keep it. */

import type { VerifyAuditResponse } from "../api/audit_verify.ts";
import { VaultError } from "../errors.ts";

type Fault = NonNullable<VerifyAuditResponse["fault"]>;

const TEXT: Readonly<Record<Fault["fault"], (fault: Fault) => string>> = {
  changed: ({ seq }) => `Row ${seq} is not what was written: a field, its time or its MAC was changed`,
  moved: ({ seq, origin }) =>
    `In the place of row ${seq} stands the row that was written as number ${
      origin ?? "?"
    }: rows were swapped or copied`,
  missing: ({ seq }) => `Row ${seq} is missing: it was deleted, and rows after it were not`,
  unlinked: ({ seq }) => `Row ${seq} does not follow the row before it: rows of another log were put in`,
  truncated: ({ seq }) =>
    `The newest rows, from ${seq} on, were cut off, or the record of where the log ends is gone`,
  unproven_start: ({ seq }) =>
    `The rows before ${seq} are gone, and no checkpoint that the server signed stands for them`,
  tree_changed: ({ seq }) =>
    `The rows up to ${seq} are what was written, but the stored tree over them was changed: its proofs would fail`,
};

/** The first thing that is wrong, as an error `audit.broken` whose details name it. */
export function brokenLog(fault: Fault): VaultError {
  return new VaultError("audit.broken", TEXT[fault.fault](fault), { details: { ...fault } });
}
