/** `cortex completions`: what a shell completes, printed for it. */

import { Argument, Command } from "@commander-js/extra-typings";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext, Finish } from "../context.ts";

const HELP = `
Put one of these into your shell's start:
  bash   source <(cortex completions bash)
  zsh    cortex completions zsh > "\${fpath[1]}/_cortex"
  fish   cortex completions fish > ~/.config/fish/completions/cortex.fish`;

/** The command as commander knows it. */
export function completionsCommand(context: CliContext, finish: Finish) {
  const shell = new Argument("<shell>", "bash, zsh or fish").choices(["bash", "zsh", "fish"] as const);
  return new Command("completions").description("print completions for a shell")
    .addArgument(shell).addHelpText("after", HELP)
    .action(async (name) => {
      const { completionScript } = await import("../help/completions.ts");
      const { programTree } = await import("../program.ts");
      context.terminal.data(completionScript(name, programTree()).trimEnd());
      finish(EXIT.ok);
    });
}
