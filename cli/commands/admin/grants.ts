/** `cortex admin grants`: which secrets a project has, and the way each goes to programs. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const PROJECT = "name of the project";
const GRANT = "id of the grant, or the name that it gives the value";
const DELIVERIES = ["env", "file", "template", "never"];
const YES_NO = ["yes", "no"];

const WAYS_HELP = `
Deliveries: env      a variable NAME (the default)
            file     a file that only the program has; its path is in NAME_FILE, and nothing in NAME
            template only inside a rendered template
            never    no value at all: a key that signs in the vault
--read-once yes: the file can be read once. --bound yes: only for commands that a person approved one by one.
--sign JSON: what cortex sign may sign by this key: kinds, services, hosts, methods, presign_seconds, audiences,
jwt_seconds, as in '{"kinds":["jwt"],"audiences":["https://api.example.com"]}'; '{}' lifts the limits. Of an SSH key:
which hosts and login names cortex ssh may use it for, as in '{"host_keys":["SHA256:…"],"users":["git"]}'.
A change counts from the next run on.`;

/** The group as commander knows it. */
export function grantsCommand(context: CliContext, finish: Finish) {
  return new Command("grants").description("secrets of a project, and the way each goes to programs")
    .addCommand(listCommand(context, finish))
    .addCommand(addCommand(context, finish))
    .addCommand(setCommand(context, finish))
    .addCommand(removeCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("what a project is granted").argument("<project>", PROJECT)
    .option("--namespace <name>", "only grants of one namespace");
  return withAdminOptions(command).action(async (project, options) => {
    const { listGrants } = await import("../../admin/grants.ts");
    finish(await listGrants(project, options, context));
  });
}

function addCommand(context: CliContext, finish: Finish) {
  const command = withTerms(
    new Command("add").description("grant a secret to a project").argument("<project>", PROJECT)
      .argument("<secret>", "key path or id of the secret")
      .option("--name <name>", "the variable's name, where it is not the end of the key path")
      .option("--namespace <name>", "the secret's namespace, where several have the key path"),
  );
  return withAdminOptions(command).addHelpText("after", WAYS_HELP).action(
    async (project, secret, options) => {
      const { addGrant } = await import("../../admin/grants.ts");
      finish(await addGrant(project, secret, options, context));
    },
  );
}

function setCommand(context: CliContext, finish: Finish) {
  const command = withTerms(
    new Command("set").description("change the way a granted value goes").argument("<project>", PROJECT)
      .argument("<grant>", GRANT).option("--namespace <name>", "the grant's, where several have the name"),
  );
  return withAdminOptions(command).addHelpText("after", WAYS_HELP).action(async (project, grant, options) => {
    const { setGrant } = await import("../../admin/grants.ts");
    finish(await setGrant(project, grant, options, context));
  });
}

function removeCommand(context: CliContext, finish: Finish) {
  const command = new Command("remove").description("take a grant back; tokens that live lose it at once")
    .argument("<project>", PROJECT).argument("<grant>", GRANT)
    .option("--namespace <name>", "the grant's, where several have the name");
  return withAdminOptions(command).action(async (project, grant, options) => {
    const { removeGrant } = await import("../../admin/grants.ts");
    finish(await removeGrant(project, grant, options, context));
  });
}

function withTerms<Args extends unknown[], Opts extends Record<string, unknown>>(
  command: Command<Args, Opts>,
) {
  return command
    .addOption(new Option("--delivery <way>", "how the value goes to a program").choices(DELIVERIES))
    .addOption(new Option("--read-once <yes|no>", "the file can be read once").choices(YES_NO))
    .addOption(new Option("--bound <yes|no>", "only for commands approved one by one").choices(YES_NO))
    .option("--sign <json>", "limits of what the key may sign");
}
