/** `cortex admin decoys`: secrets that nobody has a reason to read. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const SECRET = "key path or id of the secret";
const NAMESPACE = ["--namespace <name>", "the secret's namespace, where several have the key path"] as const;

const ADD_HELP = `
The value is random unless --value-file names a file with one: no service has to take it. A decoy needs no grant: an
agent that asks for it by name is frozen, its project tokens end, an alarm is written and people are told. To the agent
that looks like a wrong token. cortex admin agents unfreeze lets it work again.`;

/** The group as commander knows it. */
export function decoysCommand(context: CliContext, finish: Finish) {
  return new Command("decoys").description("secrets that nobody has a reason to read")
    .addCommand(listCommand(context, finish))
    .addCommand(addCommand(context, finish))
    .addCommand(
      markCommand("mark", "make a secret that no project is granted a decoy", true, context, finish),
    )
    .addCommand(markCommand("unmark", "make a decoy an ordinary secret", false, context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("which decoys there are")
    .option("--namespace <name>", "only those of one namespace");
  return withAdminOptions(command).action(async (options) => {
    const { listSecrets } = await import("../../admin/secrets.ts");
    finish(await listSecrets(options, context, true));
  });
}

function addCommand(context: CliContext, finish: Finish) {
  const types = ["KEY_VALUE", "JSON_CONFIG", "TEMPLATE_CONFIG"];
  const command = new Command("add").description("store a decoy")
    .argument("<key-path>", "where it lies, such as prod/aws_root_key")
    .option("--namespace <name>", "the namespace it lies in")
    .addOption(new Option("--type <type>", "what it passes for").choices(types).default("KEY_VALUE"))
    .option("--value-file <path>", "file with one line to take as the value, mode 0600 or 0400");
  return withAdminOptions(command).addHelpText("after", ADD_HELP).action(async (keyPath, options) => {
    const { addDecoy } = await import("../../admin/secrets.ts");
    finish(await addDecoy(keyPath, options, context));
  });
}

function markCommand(verb: string, what: string, isDecoy: boolean, context: CliContext, finish: Finish) {
  const command = new Command(verb).description(what).argument("<secret>", SECRET).option(...NAMESPACE);
  return withAdminOptions(command).action(async (secret, options) => {
    const { setDecoy } = await import("../../admin/secrets.ts");
    finish(await setDecoy(secret, isDecoy, options, context));
  });
}
