/** `cortex doctor`: what keeps programs from running, and what to do about it. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../context.ts";
import { fromEnv } from "../options.ts";

/** The command as commander knows it. */
export function doctorCommand(context: CliContext, finish: Finish) {
  return new Command("doctor").description("look at everything that a run needs, and say what to do")
    .addOption(
      fromEnv("--sock <path>", "the daemon's socket (default: ~/.cortex/agent.sock)", "CORTEX_DAEMON_SOCK"),
    )
    .option("--json", "print JSON")
    .addHelpText("after", "\nChanges nothing. Exit code 122 when something keeps programs from running.")
    .action(async (options) => {
      const { doctor } = await import("../doctor/doctor.ts");
      finish(await doctor(options, context));
    });
}
