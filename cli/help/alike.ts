/** What the help of every command has in common: its words for help, an example, and where the exit codes are. */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXAMPLES } from "./examples.ts";

const EXIT_CODES = "\nExit codes: see cortex --help";

/** Does so for all commands below one; `own` are those that write their whole help themselves. */
export function helpAlike(group: CommandUnknownOpts, own: readonly string[], above = ""): void {
  group.helpOption("-h, --help", "print help").helpCommand("help [command]", "print help for a command");
  for (const command of group.commands.filter((child) => !own.includes(child.name()))) {
    const words = `${above}${command.name()}`;
    if (command.commands.length > 0) helpAlike(command, own, `${words} `);
    else helpOfOne(command, EXAMPLES[words]);
  }
}

function helpOfOne(command: CommandUnknownOpts, example: string | undefined): void {
  command.helpOption("-h, --help", "print help");
  if (example !== undefined) command.addHelpText("after", `\nExample:\n  ${example}`);
  command.addHelpText("after", EXIT_CODES);
}
