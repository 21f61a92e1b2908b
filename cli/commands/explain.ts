/** `cortex explain`: what this agent can do now, and why not where not. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../context.ts";
import { fromEnv } from "../options.ts";

const HELP = `
Says for each name that this directory wants (as "cortex run" reads it: --env-file, ./.env, ./.env.example, else all that
is granted) whether a run gets it, how, and what to do where it does not; and lists the commands that were approved one by
one. With a COMMAND, whether that one passes and in what it differs. No value is read and nobody is asked.

Examples:
  cortex explain --project shop
  cortex explain --project shop -- git push origin main`;

/** The command as commander knows it. */
export function explainCommand(context: CliContext, finish: Finish) {
  return new Command("explain").description("say what this agent can do now, and why not where not")
    .argument("[command...]", "a command to explain, after --")
    .addOption(fromEnv("--project <name>", "the project", "CORTEX_PROJECT").makeOptionMandatory())
    .addOption(fromEnv("--env-file <path>", "the file whose names are wanted", "CORTEX_ENV_FILE"))
    .addOption(
      fromEnv("--sock <path>", "the daemon's socket (default: ~/.cortex/agent.sock)", "CORTEX_DAEMON_SOCK"),
    )
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(async (words, options) => {
      const { explain } = await import("../explain/explain.ts");
      finish(await explain(words, options, context));
    });
}
