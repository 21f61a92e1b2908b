/** `cortex admin namespaces`: rooms with secrets, agents and projects of their own. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const NAME = "name of the namespace";

/** The group as commander knows it. */
export function namespacesCommand(context: CliContext, finish: Finish) {
  const group = new Command("namespaces").description("rooms with secrets, agents and projects of their own");
  withAdminOptions(group.command("list").description("which namespaces there are")).action(
    async (options) => {
      const { listNamespaces } = await import("../../admin/namespaces.ts");
      finish(await listNamespaces(options, context));
    },
  );
  withAdminOptions(
    group.command("add").description("make a namespace").argument("<name>", NAME)
      .option("--description <text>", "one line for people"),
  ).action(async (name, options) => {
    const { addNamespace } = await import("../../admin/namespaces.ts");
    finish(await addNamespace(name, options, context));
  });
  withAdminOptions(
    group.command("remove").description("remove a namespace that nothing uses").argument("<name>", NAME),
  ).action(async (name, options) => {
    const { removeNamespace } = await import("../../admin/namespaces.ts");
    finish(await removeNamespace(name, options, context));
  });
  return group;
}
