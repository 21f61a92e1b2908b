/** Wire schemas of the places that audit rows go to beside the database. */

import * as z from "zod";

export const AuditSinkSummary = z.object({
  kind: z.enum(["file", "syslog"]),
  target: z.string(),
  required: z.boolean().describe("Nothing is released before this sink has the row."),
  state: z.enum(["ok", "failing"]),
  delivered_seq: z.int().describe("The number of the last row that arrived."),
  behind: z.int().describe("Rows that have not arrived yet."),
  failing_since: z.string().nullable(),
  problem: z.string().nullable(),
});
export type AuditSinkSummary = z.infer<typeof AuditSinkSummary>;

export const AuditSinkList = z.array(AuditSinkSummary);
