/** `cortex admin backup`: the whole vault, encrypted, into a file. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const HELP = `
The server goes on serving. The archive holds the vault as it was at one moment, encrypted: it opens with the unseal
password that the vault has at that moment, and with nothing else. FILE is made with mode 0600 and gets its name only
when it is whole and on disk; a file that exists is not overwritten. FILE - is standard output, for a pipe.

Try now and then that an archive can be read: cortex-server restore FILE --check

Examples:
  cortex admin backup --out vault-2026-11-23.backup
  cortex admin backup --out - | ssh backup-host 'cat > vault.backup'`;

/** The command as commander knows it. */
export function backupCommand(context: CliContext, finish: Finish) {
  const command = new Command("backup").description("write the whole vault, encrypted, into a file")
    .requiredOption("--out <file>", "where to write it; - is standard output");
  return withAdminOptions(command).addHelpText("after", HELP).action(async (options) => {
    const { backUp } = await import("../../admin/backup.ts");
    finish(await backUp(options, context));
  });
}
