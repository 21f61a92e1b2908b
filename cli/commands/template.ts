/** `cortex template`: configuration files with values in them, written or given to one program, and never shown. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../context.ts";
import { fromEnv } from "../options.ts";

const HELP = `
A template is text in Handlebars' syntax: {{NAME}}, {{prod/db_url}}, {{#if NAME}}...{{/if}}. Nothing is HTML-escaped, and a
name that the project does not have is an error that names it. --template takes one that the vault stores, --file one of
yours; the vault fills in the values that it names, if their grants allow it (delivery env, file or template).

--out writes a file below the current directory: 0600, whole or not at all, through no symbolic link, and over nothing
unless --force. Every program of this user can read it then; delete it when it is not needed.
--run gives the text to one program instead, in a file that is on no disk: its path is in CORTEX_TEMPLATE_FILE, and takes
the place of {} where an argument is {} or ends in ={}. What the program prints is redacted.

Examples:
  cortex template render --project shop --template app.conf --out conf/app.conf
  cortex template render --project shop --file nginx.conf.tpl --run -- nginx -c {}`;

/** The group as commander knows it. */
export function templateCommand(context: CliContext, finish: Finish) {
  return new Command("template").description("configuration files with values in them")
    .addCommand(renderCommand(context, finish));
}

function renderCommand(context: CliContext, finish: Finish) {
  return new Command("render").description("fill a template, into a file or for one program")
    .argument("[command...]", "with --run: the program, after --")
    .addOption(fromEnv("--project <name>", "the project", "CORTEX_PROJECT").makeOptionMandatory())
    .option("--template <name>", "a stored template, by its key path or its name")
    .option("--file <path>", "a file that holds the template")
    .option("--out <path>", "the file to write, below the current directory")
    .option("--force", "replace a file that is there")
    .option("--run", "give it to a program and run that")
    .option("--tty", "with --run: a terminal for the program, whatever ours is")
    .option("--no-tty", "with --run: no terminal")
    .option("--wait [seconds]", "wait for an approval")
    .addOption(
      fromEnv("--sock <path>", "the daemon's socket (default: ~/.cortex/agent.sock)", "CORTEX_DAEMON_SOCK"),
    )
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(async (words, options) => {
      const { renderTemplate } = await import("../template/render.ts");
      finish(await renderTemplate(words, options, context));
    });
}
