/** `cortex admin projects`: which there are, and what ends their access. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const PROJECT = "name of the project";
const NAMESPACE = ["--namespace <name>", "the project's, where several have the name"] as const;

/** The group as commander knows it. */
export function projectsCommand(context: CliContext, finish: Finish) {
  const group = new Command("projects").description("projects of agents, and what ends their access");
  withAdminOptions(
    group.command("list").description("which projects there are")
      .option("--namespace <name>", "only those of one namespace"),
  ).action(async (options) => {
    const { listProjects } = await import("../../admin/projects.ts");
    finish(await listProjects(options, context));
  });
  withAdminOptions(
    group.command("revoke").description("end its tokens; the agent's next run gets a new one")
      .argument("<project>", PROJECT).option(...NAMESPACE),
  ).action(async (project, options) => {
    const { revokeProject } = await import("../../admin/projects.ts");
    finish(await revokeProject(project, options, context));
  });
  withAdminOptions(
    group.command("freeze").description("stop a project until unfreeze").argument("<project>", PROJECT)
      .option(...NAMESPACE).option("--reason <text>", "one line for whoever looks at it next"),
  ).action(async (project, options) => {
    const { freezeProject } = await import("../../admin/projects.ts");
    finish(await freezeProject(project, options, context));
  });
  withAdminOptions(
    group.command("unfreeze").description("let a frozen project work again").argument("<project>", PROJECT)
      .option(...NAMESPACE),
  ).action(async (project, options) => {
    const { unfreezeProject } = await import("../../admin/projects.ts");
    finish(await unfreezeProject(project, options, context));
  });
  return group;
}
