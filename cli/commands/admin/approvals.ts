/** `cortex admin approvals`: what waits for a person, and the decision. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const ID = "id of the request, or the start of it";
const APPROVE_HELP = `
Shows the request and asks; the approval is for what was shown and for nothing else. A request for one command can be
approved for fewer runs and a shorter time than it asks for, never for more.

Examples:
  cortex admin approvals list
  cortex admin approvals approve 3f2a --uses 1 --for 1h
  cortex admin approvals approve 77c0 --key prod/db_url --term day`;

/** The group as commander knows it. */
export function approvalsCommand(context: CliContext, finish: Finish) {
  return new Command("approvals").description("what agents ask for, and the decision about it")
    .addCommand(listCommand(context, finish))
    .addCommand(approveCommand(context, finish))
    .addCommand(denyCommand(context, finish))
    .addCommand(endCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("what waits for a person")
    .option("--all", "also what was decided");
  return withAdminOptions(command).action(async (options) => {
    const { listApprovals } = await import("../../admin/approvals.ts");
    finish(await listApprovals(options, context));
  });
}

function approveCommand(context: CliContext, finish: Finish) {
  const command = new Command("approve").description("show a request and approve it").argument("<id>", ID)
    .option("--key <path...>", "only these key paths (default: all that are asked for)")
    .option("--uses <n>", "of a command: at most so many runs")
    .option("--for <time>", "of a command: at most so long, as 30m, 12h or 7d")
    .option("--term <term>", "of an access: once, day or month (default: month)")
    .option("--note <text>", "of an access: why, for whoever looks at it later")
    .option("--yes", "do not ask");
  return withAdminOptions(command).addHelpText("after", APPROVE_HELP).action(async (id, options) => {
    const { approveRequest } = await import("../../admin/approvals.ts");
    finish(await approveRequest(id, options, context));
  });
}

function denyCommand(context: CliContext, finish: Finish) {
  const command = new Command("deny").description("show a request and deny it").argument("<id>", ID)
    .option("--note <text>", "of an access: why, for whoever looks at it later").option(
      "--yes",
      "do not ask",
    );
  return withAdminOptions(command).action(async (id, options) => {
    const { denyRequest } = await import("../../admin/approvals.ts");
    finish(await denyRequest(id, options, context));
  });
}

function endCommand(context: CliContext, finish: Finish) {
  const command = new Command("end").description("end an approval, or forget a denial").argument("<id>", ID)
    .option("--yes", "do not ask");
  return withAdminOptions(command).action(async (id, options) => {
    const { endRequest } = await import("../../admin/approvals.ts");
    finish(await endRequest(id, options, context));
  });
}
