/** `cortex admin audit-sinks`: where audit rows go beside the database. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const HELP = `
A file or a syslog daemon that gets every audit row as well, as the server's settings CORTEX_AUDIT_FILE,
CORTEX_AUDIT_SYSLOG and CORTEX_AUDIT_SINKS_REQUIRED say. While a required one fails, nothing is released.

Exit code 125 when one of them fails, so that a monitor can run it.`;

/** The command as commander knows it. */
export function auditSinksCommand(context: CliContext, finish: Finish) {
  const command = new Command("audit-sinks").description("where audit rows go beside the database");
  return withAdminOptions(command).addHelpText("after", HELP).action(async (options) => {
    const { showAuditSinks } = await import("../../admin/audit_sinks.ts");
    finish(await showAuditSinks(options, context));
  });
}
