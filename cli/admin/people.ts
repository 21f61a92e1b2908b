/** People as an operator sees them: invite, give roles, shut out. */

import * as z from "zod";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

export interface RoleOptions extends AdminOptions {
  /** `role` or `role:namespace,namespace`. */
  readonly role: readonly string[];
}

export interface InviteOptions extends RoleOptions {
  readonly name?: string | undefined;
}

const Person = z.object({
  id: z.string(),
  email: z.string(),
  display_name: z.string().nullable(),
  roles: z.array(z.object({ role: z.string(), namespaces: z.array(z.string()).nullable() })),
  disabled_at: z.string().nullable(),
  last_sign_in_at: z.string().nullable(),
});
type Person = z.infer<typeof Person>;

const Invited = z.object({ person: Person, path: z.string(), expires_at: z.string() });

/** `list`. @throws VaultError */
export async function listPeople(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const people = await listPages(connection, "/admin/people", { item: Person });
  if (options.json) context.terminal.json(people);
  else for (const person of people) context.terminal.data(describe(person));
  if (people.length === 0) {
    context.terminal.note("Nobody yet; make the first account: cortex admin create-user");
  }
  return EXIT.ok;
}

/** `create-user` and `invite`: who is there already gets another link. @throws VaultError `person.exists`, `request.invalid` */
export async function invitePerson(
  email: string,
  options: InviteOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const known = (await people(connection)).find((person) => person.email === email.trim().toLowerCase());
  const parse = (value: unknown) => Invited.safeParse(value).data;
  const invited = known === undefined
    ? await connection.requestJson("POST", "/admin/people", parse, {
      body: { email, display_name: options.name ?? null, roles: options.role.map(roleOf) },
    })
    : await connection.requestJson("POST", serverPath("admin", "people", known.id, "invite"), parse);
  const link = `${connection.baseUrl.replace(/\/$/, "")}${invited.path}`;
  if (options.json) context.terminal.json({ ...invited, link });
  else {
    context.terminal.data(link);
    context.terminal.note(
      `It works once, until ${invited.expires_at} UTC, and sets the password of ${invited.person.email}`,
    );
    if (known !== undefined) context.terminal.note("The account was there; its roles stay as they are");
  }
  return EXIT.ok;
}

/** `roles`. @throws VaultError `person.not_found`, `person.last_super_admin`, `request.invalid` */
export async function setRoles(email: string, options: RoleOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const { id } = await find(connection, email);
  const body = { roles: options.role.map(roleOf) };
  const parse = (value: unknown) => Person.safeParse(value).data;
  const person = await connection.requestJson("PUT", serverPath("admin", "people", id), parse, { body });
  if (options.json) context.terminal.json(person);
  else context.terminal.note(describe(person));
  return EXIT.ok;
}

/** `disable`. @throws VaultError `person.not_found`, `person.last_super_admin` */
export async function disablePerson(
  email: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  return await change(email, "disable", "is shut out: sessions and API tokens ended", options, context);
}

/** `enable`. @throws VaultError `person.not_found` */
export async function enablePerson(
  email: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  return await change(email, "enable", "may sign in again", options, context);
}

async function change(
  email: string,
  verb: "disable" | "enable",
  done: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const person = await find(connection, email);
  const parse = (value: unknown) => z.object({ disabled: z.boolean(), id: z.string() }).safeParse(value).data;
  const answer = await connection.requestJson("POST", serverPath("admin", "people", person.id, verb), parse);
  if (options.json) context.terminal.json(answer);
  else context.terminal.note(`${person.email} ${done}`);
  return EXIT.ok;
}

function people(connection: AdminConnection): Promise<readonly Person[]> {
  return listPages(connection, "/admin/people", { item: Person });
}

async function find(connection: AdminConnection, email: string): Promise<Person> {
  const person = (await people(connection)).find((each) => each.email === email.trim().toLowerCase());
  if (person !== undefined) return person;
  throw new VaultError(
    "person.not_found",
    "There is no account of this address; see cortex admin people list",
  );
}

function roleOf(text: string) {
  const [role = "", namespaces] = text.split(":");
  return { role, namespaces: namespaces === undefined ? null : namespaces.split(",") };
}

function describe({ email, roles, disabled_at, last_sign_in_at }: Person): string {
  const given = roles.map(({ role, namespaces }) =>
    `${role} in ${namespaces?.join(", ") ?? "all namespaces"}`
  );
  const seen = last_sign_in_at === null ? "never signed in" : `last signed in ${last_sign_in_at} UTC`;
  const state = disabled_at === null ? seen : `shut out since ${disabled_at} UTC`;
  return `${email}  ${given.join("; ") || "no roles"}  ${state}`;
}
