/** `cortex admin channels`: who is told of alarms, and what became of each message. */

import { Command, Option } from "@commander-js/extra-typings";
import { CHANNEL_FIELDS } from "../../../shared/api/channel_types.ts";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const CHANNEL = "name or id of the channel";

const ADD_HELP = `
The configuration is a JSON object: from --config-file (mode 0600 or 0400), or asked for without being shown.
Nobody is shown it again. Fields of each type:
${
  Object.entries(CHANNEL_FIELDS).map(([type, fields]) => `  ${type.padEnd(9)} ${fields.join(", ")}`).join(
    "\n",
  )
}`;

const TEST_HELP = `
Sends one message to this channel only. Exit code 125 when it did not arrive.`;

/** The group as commander knows it. */
export function channelsCommand(context: CliContext, finish: Finish) {
  return new Command("channels").description("who is told of alarms: chats, mailboxes, webhooks")
    .addCommand(listCommand(context, finish))
    .addCommand(addCommand(context, finish))
    .addCommand(testCommand(context, finish))
    .addCommand(removeCommand(context, finish))
    .addCommand(deliveriesCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("which channels there are and what each wants");
  return withAdminOptions(command).action(async (options) => {
    const { listChannels } = await import("../../admin/channels.ts");
    finish(await listChannels(options, context));
  });
}

function addCommand(context: CliContext, finish: Finish) {
  const command = new Command("add").description("tell somebody of events from now on")
    .argument("<name>", "what the channel is called")
    .addOption(
      new Option("--type <type>", "how it is told").choices(Object.keys(CHANNEL_FIELDS))
        .makeOptionMandatory(),
    )
    .option("--config-file <path>", "file with the configuration")
    .option("--description <text>", "for people")
    .addOption(
      new Option("--severity <severity...>", "only events this bad").choices(["info", "warning", "alarm"]),
    )
    .option("--namespace <name...>", "only events of these namespaces");
  return withAdminOptions(command).addHelpText("after", ADD_HELP).action(async (name, options) => {
    const { addChannel } = await import("../../admin/channels.ts");
    finish(await addChannel(name, options, context));
  });
}

function testCommand(context: CliContext, finish: Finish) {
  const command = new Command("test").description("send a test message and say what came back")
    .argument("<channel>", CHANNEL);
  return withAdminOptions(command).addHelpText("after", TEST_HELP).action(async (channel, options) => {
    const { testChannel } = await import("../../admin/channels.ts");
    finish(await testChannel(channel, options, context));
  });
}

function removeCommand(context: CliContext, finish: Finish) {
  const command = new Command("remove").description("tell it nothing any more, not even what waits")
    .argument("<channel>", CHANNEL);
  return withAdminOptions(command).action(async (channel, options) => {
    const { removeChannel } = await import("../../admin/channels.ts");
    finish(await removeChannel(channel, options, context));
  });
}

function deliveriesCommand(context: CliContext, finish: Finish) {
  const command = new Command("deliveries").description("what became of the newest messages")
    .argument("<channel>", CHANNEL);
  return withAdminOptions(command).action(async (channel, options) => {
    const { listDeliveries } = await import("../../admin/channels.ts");
    finish(await listDeliveries(channel, options, context));
  });
}
