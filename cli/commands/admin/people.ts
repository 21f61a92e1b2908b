/** `cortex admin create-user` and `cortex admin people`. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const ROLE = [
  "--role <role>",
  "super-admin, namespace-admin, approver or auditor; with :NAMESPACE,NAMESPACE only there; may be repeated",
] as const;
const PERSON = "e-mail address of the person";

const INVITE_HELP = `
Prints a link that works once, for three days: whoever opens it chooses the password of this account. Send it on a way that
nobody else reads. Roles without namespaces count in all of them.`;

const gather = (role: string, before: string[] | undefined) => [...before ?? [], role];

/** The first account, and every other one. */
export function createUserCommand(context: CliContext, finish: Finish) {
  const command = new Command("create-user")
    .description("make an account and a link by which its password is set; super-admin unless told")
    .argument("<email>", PERSON).option(...ROLE, gather).option("--name <text>", "what people call them");
  return withAdminOptions(command).addHelpText("after", INVITE_HELP).action(async (email, options) => {
    const { invitePerson } = await import("../../admin/people.ts");
    finish(await invitePerson(email, { role: ["super-admin"], ...options }, context));
  });
}

/** The group as commander knows it. */
export function peopleCommand(context: CliContext, finish: Finish) {
  return new Command("people").description("who may sign in, and what they may do")
    .addCommand(listCommand(context, finish))
    .addCommand(inviteCommand(context, finish))
    .addCommand(rolesCommand(context, finish))
    .addCommand(disableCommand(context, finish))
    .addCommand(enableCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("accounts, their roles and last sign-ins");
  return withAdminOptions(command).action(async (options) => {
    const { listPeople } = await import("../../admin/people.ts");
    finish(await listPeople(options, context));
  });
}

function inviteCommand(context: CliContext, finish: Finish) {
  const command = new Command("invite")
    .description("make an account, or another link for one that there is")
    .argument("<email>", PERSON).option(...ROLE, gather).option("--name <text>", "what people call them");
  return withAdminOptions(command).addHelpText("after", INVITE_HELP).action(async (email, options) => {
    const { invitePerson } = await import("../../admin/people.ts");
    finish(await invitePerson(email, { role: [], ...options }, context));
  });
}

function rolesCommand(context: CliContext, finish: Finish) {
  const command = new Command("roles").description(
    "give these roles in place of all others; none without --role",
  )
    .argument("<email>", PERSON).option(...ROLE, gather);
  return withAdminOptions(command).action(async (email, options) => {
    const { setRoles } = await import("../../admin/people.ts");
    finish(await setRoles(email, { role: [], ...options }, context));
  });
}

function disableCommand(context: CliContext, finish: Finish) {
  const command = new Command("disable").description("shut a person out; sessions and API tokens end")
    .argument("<email>", PERSON);
  return withAdminOptions(command).action(async (email, options) => {
    const { disablePerson } = await import("../../admin/people.ts");
    finish(await disablePerson(email, options, context));
  });
}

function enableCommand(context: CliContext, finish: Finish) {
  const command = new Command("enable").description("let a person in again").argument("<email>", PERSON);
  return withAdminOptions(command).action(async (email, options) => {
    const { enablePerson } = await import("../../admin/people.ts");
    finish(await enablePerson(email, options, context));
  });
}
