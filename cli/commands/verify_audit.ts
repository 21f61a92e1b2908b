/** `cortex verify-audit`. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../context.ts";
import { withAdminOptions } from "./admin/admin_options.ts";

const HELP = `
The server recomputes every row of its audit log: a row that was changed, moved, taken out, put in or cut off the end is
named. Rows that have left the log by their age are stood for by a signed checkpoint.

An older whole database that somebody brought back verifies by itself. It is found with --anchor, from heads that were
kept outside by "cortex audit anchor": a file, a folder or Git repository that holds audit-heads.jsonl, or an address
that gives such a file. Those are checked here, without the server's help.

A vault whose server does not run is verified by: cortex-server verify-audit FILE

Exit code 125 when the log is broken.

Examples:
  cortex verify-audit
  cortex verify-audit --anchor /var/lib/cortex-anchors/audit-heads.jsonl`;

/** The command as commander knows it. */
export function verifyAuditCommand(context: CliContext, finish: Finish) {
  const command = new Command("verify-audit").description(
    "recompute the audit log and name the first bad row",
  )
    .option("--anchor <place>", "heads that were kept: a file, folder, Git repository or address");
  return withAdminOptions(command).addHelpText("after", HELP).action(async (options) => {
    const { verifyAudit } = await import("../audit/verify_audit.ts");
    finish(await verifyAudit(options, context));
  });
}
