/** The options that every verb of `cortex admin` has. Apart from the group, because the group imports its verbs. */

import { type Command, Option } from "@commander-js/extra-typings";
import { fromEnv } from "../../options.ts";

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
