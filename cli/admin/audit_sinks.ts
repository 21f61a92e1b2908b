/** The places that audit rows go to beside the database, as an operator sees them. */

import { AuditSinkList, type AuditSinkSummary } from "../../shared/api/audit_sinks.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";

/** Prints them; the exit code says whether all are well. @throws VaultError */
export async function showAuditSinks(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => AuditSinkList.safeParse(value).data;
  const sinks = await connection.requestJson("GET", "/admin/audit-sinks", parse);
  if (options.json) context.terminal.json(sinks);
  else if (sinks.length === 0) {
    context.terminal.note(
      "Audit rows go to the database only; CORTEX_AUDIT_FILE or CORTEX_AUDIT_SYSLOG adds a sink",
    );
  } else for (const sink of sinks) context.terminal.data(describe(sink));
  return sinks.some(({ state }) => state === "failing") ? EXIT.failure : EXIT.ok;
}

function describe(sink: AuditSinkSummary): string {
  const state = sink.problem === null ? "ok" : `FAILING since ${sink.failing_since} UTC: ${sink.problem}`;
  const required = sink.required ? "  required" : "";
  return `${sink.kind}  ${sink.target}${required}  row ${sink.delivered_seq}, ${sink.behind} behind  ${state}`;
}
