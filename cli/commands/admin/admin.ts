/** `cortex admin`: what an operator does with a running server, each verb in a file beside this one. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { fromEnv } from "../../options.ts";

/** The group as commander knows it. */
export function adminCommand(_context: CliContext, _finish: Finish) {
  return new Command("admin").description("operate a server: keys, recovery, log, alarms, backup");
}

/** Gives a verb the options that every admin command has. */
export function withAdminOptions<Args extends unknown[], Opts extends Record<string, unknown>>(
  command: Command<Args, Opts>,
) {
  return command
    .addOption(fromEnv("--url <url>", "the server's address", "CORTEX_URL"))
    .addOption(new Option("--admin-token-file <path>", "file with the admin token, mode 0600 or 0400"))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nThe admin token comes from --admin-token-file, CORTEX_ADMIN_TOKEN_FILE, CORTEX_ADMIN_TOKEN or a hidden prompt.",
    );
}
