/** Wire schemas of the places that audit rows go to beside the database. */

import { z } from "zod";

export const AuditSinkSummary = z.object({
  kind: z.enum(["file", "syslog"]),
  target: z.string(),
  /** Nothing is released before this sink has the row. */
  required: z.boolean(),
  state: z.enum(["ok", "failing"]),
  /** The number of the last row that arrived. */
  delivered_seq: z.int(),
  /** Rows that have not arrived yet. */
  behind: z.int(),
  failing_since: z.string().nullable(),
  problem: z.string().nullable(),
});
export type AuditSinkSummary = z.infer<typeof AuditSinkSummary>;

export const AuditSinkList = z.array(AuditSinkSummary);
