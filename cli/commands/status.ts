/** `cortex status`: the short way to `cortex daemon status`. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../context.ts";
import { fromEnv } from "../options.ts";

/** The command as commander knows it. */
export function statusCommand(context: CliContext, finish: Finish) {
  return new Command("status").description("say whether this host is ready to run programs")
    .addOption(
      fromEnv("--sock <path>", "the daemon's socket (default: ~/.cortex/agent.sock)", "CORTEX_DAEMON_SOCK"),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nSays what the daemon knows from its last call; cortex explain asks the server. Exit code 122 when it is not ready.",
    )
    .action(async (options) => {
      const { daemonStatus } = await import("./daemon/status.ts");
      finish(await daemonStatus(options, context));
    });
}
