/** `cortex skill`: the skill that teaches an agent `cortex run`. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../context.ts";

const AGENTS = ["claude-code", "codex", "opencode", "openclaw", "hermes"] as const;

const LANGUAGES = ["en", "zh-CN"] as const;

const HELP = `
Examples:
  cortex skill install --agent claude-code
  cortex skill install --agent codex --project
  cortex skill install --dir ~/my-agent/skills`;

/** The group as commander knows it. */
export function skillCommand(context: CliContext, finish: Finish) {
  const group = new Command("skill").description("teach an agent to use cortex").addHelpText("after", HELP);
  withPlace(withLanguage(group.command("install").description("put the skill where an agent looks for it")))
    .option("--link", "link to one copy for all agents")
    .option("--force", "replace what was changed")
    .option("--json", "print JSON")
    .action(async (options) => {
      const { installSkill } = await import("../skill/skill.ts");
      finish(installSkill(options, context));
    });
  withPlace(group.command("uninstall").description("take the skill away again"))
    .option("--force", "also where it was changed")
    .option("--json", "print JSON")
    .action(async (options) => {
      const { uninstallSkill } = await import("../skill/skill.ts");
      finish(uninstallSkill(options, context));
    });
  withLanguage(group.command("show").description("print the skill")).action(async (options) => {
    const { showSkill } = await import("../skill/skill.ts");
    finish(showSkill(options, context));
  });
  return group;
}

function withPlace<Args extends unknown[], Opts extends Record<string, unknown>>(
  command: Command<Args, Opts>,
) {
  return command
    .addOption(new Option("--agent <name>", "whose skill it is").choices(AGENTS))
    .option("--project", "for the project in this directory, instead of for you")
    .option("--dir <path>", "a folder of skills, for any other agent");
}

function withLanguage<Args extends unknown[], Opts extends Record<string, unknown>>(
  command: Command<Args, Opts>,
) {
  return command.addOption(
    new Option("--lang <language>", "its language (default: that of the one there, else en)").choices(
      LANGUAGES,
    ),
  );
}
