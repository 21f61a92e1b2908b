/** `cortex admin policies`: what agents may read at most. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const REACTIONS = ["notify", "revoke", "freeze"];

const ADD_HELP = `
Patterns are exact, or a beginning before one * at the end; quote them, or the shell fills them in.

Example:
  cortex admin policies add bots --agents 'bot-*' --allow 'shop/*' --deny shop/root_key`;

/** The group as commander knows it. */
export function policiesCommand(context: CliContext, finish: Finish) {
  const group = new Command("policies").description("what agents may read at most, whatever is granted");
  withAdminOptions(group.command("list").description("which policies there are")).action(async (options) => {
    const { listPolicies } = await import("../../admin/policies.ts");
    finish(await listPolicies(options, context));
  });
  withAdminOptions(
    group.command("add").description("make a policy").argument("<name>", "name of the policy")
      .requiredOption("--agents <pattern>", "which agents it is about")
      .requiredOption("--allow <pattern...>", "key paths that they may read")
      .option("--deny <pattern...>", "key paths that they may not, also where they are allowed")
      .addOption(
        new Option("--on-leak <what>", "what follows when a program prints a value").choices(REACTIONS),
      )
      .option("--allow-unredacted", "let programs print values as they are (cortex run --no-redact)"),
  ).addHelpText("after", ADD_HELP).action(async (name, options) => {
    const { addPolicy } = await import("../../admin/policies.ts");
    finish(await addPolicy(name, options, context));
  });
  withAdminOptions(
    group.command("remove").description("remove a policy").argument("<policy>", "its name or id"),
  ).action(async (policy, options) => {
    const { removePolicy } = await import("../../admin/policies.ts");
    finish(await removePolicy(policy, options, context));
  });
  return group;
}
