/** `cortex admin agents`: who is registered, the freeze that stops one, and the programs that may act for one. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";
import { callersCommand } from "./agent_callers.ts";

const AGENT = "id of the agent";
const NAMESPACE = ["--namespace <name>", "the agent's namespace, where several have the id"] as const;

const UNFREEZE_HELP = `
Look into the audit log first: an agent is frozen by a person, or because it asked for a decoy. Its project tokens ended
then and stay ended; its hosts need no new login and discover anew by themselves.`;

/** The group as commander knows it. */
export function agentsCommand(context: CliContext, finish: Finish) {
  return new Command("agents").description(
    "registered agents, the freeze that stops one, the programs that may act for one",
  )
    .addCommand(listCommand(context, finish))
    .addCommand(freezeCommand(context, finish))
    .addCommand(unfreezeCommand(context, finish))
    .addCommand(callersCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("who is registered, and who is frozen and why")
    .option("--namespace <name>", "only those of one namespace");
  return withAdminOptions(command).action(async (options) => {
    const { listAgents } = await import("../../admin/agents.ts");
    finish(await listAgents(options, context));
  });
}

function freezeCommand(context: CliContext, finish: Finish) {
  const command = new Command("freeze").description("stop everything that an agent can do")
    .argument("<agent>", AGENT).option("--reason <text>", "one line for whoever looks at it next")
    .option(...NAMESPACE);
  return withAdminOptions(command).action(async (agent, options) => {
    const { freezeAgent } = await import("../../admin/agents.ts");
    finish(await freezeAgent(agent, options, context));
  });
}

function unfreezeCommand(context: CliContext, finish: Finish) {
  const command = new Command("unfreeze").description("let a frozen agent work again")
    .argument("<agent>", AGENT).option(...NAMESPACE);
  return withAdminOptions(command).addHelpText("after", UNFREEZE_HELP).action(async (agent, options) => {
    const { unfreezeAgent } = await import("../../admin/agents.ts");
    finish(await unfreezeAgent(agent, options, context));
  });
}
