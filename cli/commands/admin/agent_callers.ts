/** `cortex admin agents callers`: the programs that may act for an agent. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const AGENT = ["<agent>", "id of the agent"] as const;
const NAMESPACE = ["--namespace <name>", "the agent's namespace, where several have the id"] as const;
const PARENT = [
  "--parent",
  "a program above the one that talks to the daemon, such as the agent's own",
] as const;

const CALLERS_HELP = `
Without a list, any program of the daemon's user may act for the agent. With one, only the programs on it: the daemon
refuses others, and so does the server. A program is known by the SHA-256 of its file: a new version is another
program, and a script counts as its interpreter.

A list of callers names what talks to the daemon, which is cortex itself; a list of parents names what must be somewhere
above it, such as the agent's program. Each of the two counts once it has an entry.`;

/** The group as commander knows it. */
export function callersCommand(context: CliContext, finish: Finish) {
  return new Command("callers").description("the programs that may act for an agent")
    .addHelpText("after", CALLERS_HELP)
    .addCommand(listCommand(context, finish))
    .addCommand(addCommand(context, finish))
    .addCommand(removeCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("which programs may act for an agent")
    .argument(...AGENT).option(...NAMESPACE);
  return withAdminOptions(command).action(async (agent, options) => {
    const { listCallers } = await import("../../admin/agent_callers.ts");
    finish(await listCallers(agent, options, context));
  });
}

function addCommand(context: CliContext, finish: Finish) {
  const command = withProgram(new Command("add").description("let a program act for an agent"))
    .option("--label <text>", "what it is, for people").option(...PARENT).option(...NAMESPACE);
  return withAdminOptions(command).action(async (agent, options) => {
    const { addCaller } = await import("../../admin/agent_callers.ts");
    finish(await addCaller(agent, options, context));
  });
}

function removeCommand(context: CliContext, finish: Finish) {
  const command = withProgram(new Command("remove").description("take a program off an agent's list"))
    .option(...PARENT).option("--allow-any", "also the last one: any program may act for the agent then")
    .option(...NAMESPACE);
  return withAdminOptions(command).action(async (agent, options) => {
    const { removeCaller } = await import("../../admin/agent_callers.ts");
    finish(await removeCaller(agent, options, context));
  });
}

function withProgram(command: Command) {
  return command.argument(...AGENT)
    .addOption(new Option("--sha256 <hex>", "the program's SHA-256").conflicts("file"))
    .addOption(new Option("--file <path>", "the program's file on this machine: its SHA-256 is taken"));
}
