/** Grants as an operator keeps them: which secret a project has, under which name, and the way its value goes. */

import * as z from "zod";
import { Delivery, type UpdateGrantRequest } from "../../shared/api/projects.ts";
import { SecretType } from "../../shared/api/secrets.ts";
import { SignLimits } from "../../shared/api/sign_limits.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";
import { secretId } from "./find_secret.ts";

export interface GrantOptions extends AdminOptions {
  readonly namespace?: string | undefined;
}

/** What is left out stays, or is as for a new grant. */
export interface TermOptions extends GrantOptions {
  readonly delivery?: string | undefined;
  /** `yes` or `no`. */
  readonly readOnce?: string | undefined;
  readonly bound?: string | undefined;
  /** JSON of `SignLimits`. */
  readonly sign?: string | undefined;
}

export interface AddGrantOptions extends TermOptions {
  readonly name?: string | undefined;
}

const Terms = {
  delivery: Delivery,
  read_once: z.boolean(),
  bound: z.boolean(),
  /** Where it has limits. */
  sign: SignLimits.optional(),
};
const Grant = z.object({
  id: z.string(),
  secret_id: z.string(),
  secret_key_path: z.string(),
  secret_namespace: z.string(),
  secret_type: SecretType,
  env_var_name: z.string(),
  granted_by: z.string(),
  granted_at: z.string(),
  ...Terms,
});
type Grant = z.infer<typeof Grant>;
const Created = z.object({ id: z.string(), effective_name: z.string(), secret_type: SecretType, ...Terms });
const Updated = z.object({ updated: z.literal(true), id: z.string(), ...Terms });
type Terms = Pick<Grant, keyof typeof Terms | "secret_type">;

/** `list`: newest first. @throws VaultError */
export async function listGrants(
  project: string,
  options: GrantOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const grants = await grantsOf(connection, project, options);
  if (options.json) context.terminal.json(grants);
  else for (const grant of grants) context.terminal.data(describe(grant));
  return EXIT.ok;
}

/** `add`. @throws VaultError `secret.not_found`, `grant.exists`, `grant.name_taken` */
export async function addGrant(
  project: string,
  secret: string,
  options: AddGrantOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const secret_id = await secretId(connection, secret, options);
  const parse = (value: unknown) => Created.safeParse(value).data;
  const body = { secret_id, env_var_name: options.name ?? null, ...termsOf(options) };
  const created = await connection.requestJson(
    "POST",
    serverPath("admin", "projects", project, "grants"),
    parse,
    {
      body,
    },
  );
  if (options.json) context.terminal.json(created);
  else {
    context.terminal.data(created.id);
    context.terminal.note(`${project} has ${secret} as ${created.effective_name}: ${way(created)}`);
  }
  return EXIT.ok;
}

/** `set`. @throws VaultError `grant.not_found`, `request.invalid` */
export async function setGrant(
  project: string,
  name: string,
  options: TermOptions,
  context: CliContext,
): Promise<number> {
  const body = termsOf(options);
  if (Object.keys(body).length === 0) {
    throw new VaultError(
      "request.invalid",
      "Nothing to change; give --delivery, --read-once, --bound or --sign",
    );
  }
  const connection = await connectAsAdmin(options, context);
  const grant = await findGrant(connection, project, name, options);
  const parse = (value: unknown) => Updated.safeParse(value).data;
  const updated = await connection.requestJson("PUT", pathOf(project, grant), parse, { body });
  if (options.json) context.terminal.json(updated);
  else {context.terminal.note(
      `${grant.env_var_name} of ${project}: ${
        way({ ...updated, secret_type: grant.secret_type })
      }, from the next run on`,
    );}
  return EXIT.ok;
}

/** `remove`. @throws VaultError `grant.not_found` */
export async function removeGrant(
  project: string,
  name: string,
  options: GrantOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const grant = await findGrant(connection, project, name, options);
  await connection.requestJson("DELETE", pathOf(project, grant), (value) => value ?? {});
  if (options.json) context.terminal.json({ removed: grant.id });
  else context.terminal.note(`${project} has ${grant.env_var_name} no more`);
  return EXIT.ok;
}

async function grantsOf(
  connection: AdminConnection,
  project: string,
  { namespace }: GrantOptions,
): Promise<readonly Grant[]> {
  const query = namespace === undefined ? {} : { namespace };
  return await listPages(connection, serverPath("admin", "projects", project, "grants"), {
    query,
    item: Grant,
  });
}

async function findGrant(
  connection: AdminConnection,
  project: string,
  name: string,
  options: GrantOptions,
): Promise<Grant> {
  const grants = await grantsOf(connection, project, options);
  const meant = grants.filter(({ id, env_var_name }) =>
    id === name || env_var_name.toUpperCase() === name.toUpperCase()
  );
  const [grant, another] = meant;
  if (grant === undefined) {
    throw new VaultError("grant.not_found", "The project has no such grant; list its grants for their names");
  }
  if (another === undefined) return grant;
  throw new VaultError("request.invalid", "Several namespaces have this name; say which by --namespace");
}

function pathOf(project: string, { id }: Grant): string {
  return serverPath("admin", "projects", project, "grants", id);
}

function termsOf({ delivery, readOnce, bound, sign }: TermOptions): UpdateGrantRequest {
  return {
    ...(delivery === undefined ? {} : { delivery: Delivery.parse(delivery) }),
    ...(readOnce === undefined ? {} : { read_once: readOnce === "yes" }),
    ...(bound === undefined ? {} : { bound: bound === "yes" }),
    ...(sign === undefined ? {} : { sign: readLimits(sign) }),
  };
}

function readLimits(text: string): SignLimits {
  const read = SignLimits.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new VaultError(
    "request.invalid",
    'The limits are no JSON object of kinds, services, hosts, methods, presign_seconds, audiences, jwt_seconds; as in {"kinds":["jwt"]}',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const WAYS: Readonly<Record<Delivery, string>> = {
  env: "as a variable",
  file: "as a file",
  template: "in templates only",
  never: "never as a value",
};

/** Of types whose content never goes to a program as it is, whatever the delivery says. */
const TYPE_WAYS: Partial<Readonly<Record<SecretType, string>>> = {
  TEMPLATE_CONFIG: "as a template to render",
  SSH_KEY: "for cortex ssh",
};

function way({ delivery, secret_type, read_once, bound, sign }: Terms): string {
  const extras = [
    ...(read_once ? ["to be read once"] : []),
    ...(bound ? ["for approved commands only"] : []),
    ...(sign === undefined ? [] : [`signs within ${printableLine(JSON.stringify(sign), 1_000)}`]),
  ];
  return [TYPE_WAYS[secret_type] ?? WAYS[delivery], ...extras].join(", ");
}

function describe(grant: Grant): string {
  const { id, env_var_name, secret_key_path, secret_namespace, granted_by, granted_at } = grant;
  return `${id}  ${env_var_name}  ${secret_namespace}/${secret_key_path}  ${
    way(grant)
  }  granted by ${granted_by} ${granted_at} UTC`;
}
