/** `cortex mcp`: a server of tools for agents. */

import { Command } from "@commander-js/extra-typings";
import { cortexHome } from "../../shared/client/home.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext, Finish } from "../context.ts";
import { fromEnv } from "../options.ts";

const HELP = `
Speaks the Model Context Protocol on standard input and output; an agent's host starts it. Its tools list names, explain,
ask a person, run a program with redacted output, and render a template; none returns a value.

Example, for a host that takes a command line:
  cortex mcp --project shop --directory /home/me/shop`;

/** The command as commander knows it. */
export function mcpCommand(context: CliContext, finish: Finish) {
  return new Command("mcp").description(
    "serve tools for agents (Model Context Protocol) on standard input and output",
  )
    .addOption(fromEnv("--project <name>", "the project of calls that name none", "CORTEX_PROJECT"))
    .option("--allow-project <name...>", "refuse calls for any other project")
    .option("--directory <path>", "where programs run that name no directory (default: this one)")
    .addOption(
      fromEnv("--sock <path>", "the daemon's socket (default: ~/.cortex/agent.sock)", "CORTEX_DAEMON_SOCK"),
    )
    .addHelpText("after", HELP)
    .action(async ({ project, allowProject = [], directory, sock }) => {
      const { serveTools } = await import("../mcp/server.ts");
      const { Scope } = await import("../mcp/scope.ts");
      await serveTools({
        socket: sock ?? cortexHome(context.env).socket,
        scope: new Scope({ project, allowed: allowProject, directory: directory ?? Deno.cwd() }),
      });
      finish(EXIT.ok);
    });
}
