/** `cortex admin dashboard`. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const HELP = `
Prints a link that signs a browser in once, for two minutes, and opens it. The admin token stays on this machine: no page
asks for it.`;

/** The command as commander knows it. */
export function dashboardCommand(context: CliContext, finish: Finish) {
  const command = new Command("dashboard").description("sign in to the dashboard by a one-time link")
    .option("--no-browser", "do not open the link");
  return withAdminOptions(command).addHelpText("after", HELP).action(async (options) => {
    const { openDashboard } = await import("../../admin/dashboard.ts");
    finish(await openDashboard(options, context));
  });
}
