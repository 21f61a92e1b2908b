/** `cortex admin devices`: logins of hosts that wait for a person, and those that were. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const CODE = "the code that the host shows";

const APPROVE_HELP = `
Shows what the host says of itself and asks. Compare the fingerprint with the one on the host's screen, or give that one
with --fingerprint: only it is proven.

Example:
  cortex admin devices approve ABCD-EFGH --fingerprint SHA256:…`;

/** The group as commander knows it. */
export function devicesCommand(context: CliContext, finish: Finish) {
  return new Command("devices").description("logins of hosts, and the decision about them")
    .addCommand(listCommand(context, finish))
    .addCommand(approveCommand(context, finish))
    .addCommand(denyCommand(context, finish))
    .addCommand(removeCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("logins that wait for a person")
    .option("--all", "also what was decided");
  return withAdminOptions(command).action(async (options) => {
    const { listDevices } = await import("../../admin/devices.ts");
    finish(await listDevices(options, context));
  });
}

function approveCommand(context: CliContext, finish: Finish) {
  const command = new Command("approve").description("show a login and approve it").argument("<code>", CODE)
    .option("--agent-id <id>", "which agent the host becomes, where it asks for none or for another")
    .option("--namespace <name>", "the agent's namespace, where it is to be another")
    .option("--fingerprint <sha256>", "approve only where the host's key is this one")
    .option("--replace-key", "let the key take the place of the agent's present one")
    .option("--yes", "do not ask");
  return withAdminOptions(command).addHelpText("after", APPROVE_HELP).action(async (code, options) => {
    const { approveDevice } = await import("../../admin/devices.ts");
    finish(await approveDevice(code, options, context));
  });
}

function denyCommand(context: CliContext, finish: Finish) {
  const command = new Command("deny").description("show a login and deny it").argument("<code>", CODE)
    .option("--yes", "do not ask");
  return withAdminOptions(command).action(async (code, options) => {
    const { denyDevice } = await import("../../admin/devices.ts");
    finish(await denyDevice(code, options, context));
  });
}

function removeCommand(context: CliContext, finish: Finish) {
  const command = new Command("remove").description("end the logins of an agent's hosts")
    .argument("<agent>", "id of the agent");
  return withAdminOptions(command).action(async (agent, options) => {
    const { removeDevices } = await import("../../admin/devices.ts");
    finish(await removeDevices(agent, options, context));
  });
}
