/** Secrets as an operator keeps them: what there is, older values, decoys. No verb prints a value. */

import * as z from "zod";
import {
  DestroyedVersions,
  RolledBackSecret,
  SecretVersionList,
  type SecretVersionSummary,
} from "../../shared/api/secret_versions.ts";
import { SecretSummary } from "../../shared/api/secrets.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { connectAsAdmin } from "./connection.ts";
import { inNamespace, secretId, type SecretOptions } from "./find_secret.ts";
import { listPages } from "./list_pages.ts";
import { readSecretLine } from "./secret_input.ts";

export interface DestroyOptions extends SecretOptions {
  readonly version?: string | undefined;
  readonly keep?: string | undefined;
}

export interface AddDecoyOptions extends SecretOptions {
  readonly type: string;
  readonly valueFile?: string | undefined;
}

/** As long as the keys that people paste, and nothing that any service would take. */
const DECOY_BYTES = 30;

/** `secrets list`, `decoys list`: by key path. @throws VaultError */
export async function listSecrets(
  options: SecretOptions,
  context: CliContext,
  decoysOnly = false,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const query = { ...inNamespace(options), ...(decoysOnly ? { is_honey_token: "true" } : {}) };
  const secrets = await listPages(connection, "/admin/secrets", { query, item: SecretSummary });
  if (options.json) context.terminal.json(secrets);
  else for (const secret of secrets) context.terminal.data(describe(secret));
  return EXIT.ok;
}

/** `secrets versions`: newest first. @throws VaultError `secret.not_found` */
export async function listVersions(
  name: string,
  options: SecretOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const id = await secretId(connection, name, options);
  const parse = (value: unknown) => SecretVersionList.safeParse(value).data;
  const list = await connection.requestJson("GET", serverPath("admin", "secrets", id, "versions"), parse);
  if (options.json) context.terminal.json(list);
  else for (const version of list.versions) context.terminal.data(describeVersion(version));
  return EXIT.ok;
}

/** `secrets rollback`. @throws VaultError `secret.not_found`, `secret.version_not_found` */
export async function rollBackSecret(
  name: string,
  version: string,
  options: SecretOptions,
  context: CliContext,
): Promise<number> {
  const to_version = wholeNumber(version, "VERSION");
  const connection = await connectAsAdmin(options, context);
  const id = await secretId(connection, name, options);
  const parse = (value: unknown) => RolledBackSecret.safeParse(value).data;
  const path = serverPath("admin", "secrets", id, "rollback");
  const rolled = await connection.requestJson("POST", path, parse, { body: { to_version } });
  if (options.json) context.terminal.json(rolled);
  else {
    context.terminal.note(
      `The value of version ${rolled.to_version} is the present one again, as version ${rolled.version}`,
    );
  }
  return EXIT.ok;
}

/** `secrets destroy-versions`: one by its number, or all but the newest. @throws VaultError */
export async function destroyVersions(
  name: string,
  options: DestroyOptions,
  context: CliContext,
): Promise<number> {
  const { version, keep } = options;
  if ((version === undefined) === (keep === undefined)) {
    throw new VaultError(
      "request.invalid",
      "Give either --version, or --keep with how many older values stay",
    );
  }
  const connection = await connectAsAdmin(options, context);
  const base = ["admin", "secrets", await secretId(connection, name, options), "versions"];
  const path = version === undefined
    ? `${serverPath(...base)}?keep=${wholeNumber(keep ?? "", "--keep")}`
    : serverPath(...base, String(wholeNumber(version, "--version")));
  const parse = (value: unknown) => DestroyedVersions.safeParse(value).data;
  const { destroyed } = await connection.requestJson("DELETE", path, parse);
  if (options.json) context.terminal.json({ destroyed });
  else if (destroyed.length === 0) context.terminal.note("There was no version to destroy");
  else context.terminal.note(`Destroyed for good: version ${destroyed.join(", ")}`);
  return EXIT.ok;
}

/** `decoys add`: with a random value unless one is given. @throws VaultError `secret.decoy_collision` and others */
export async function addDecoy(
  keyPath: string,
  options: AddDecoyOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const value = options.valueFile === undefined
    ? toBase64Url(randomBytes(DECOY_BYTES))
    : await readSecretLine({ prompt: "", file: options.valueFile, missing: "The value is missing" }, context);
  const { namespace } = options;
  const body = { key_path: keyPath, secret_type: options.type, value, namespace, is_honey_token: true };
  const parse = (answer: unknown) => CreatedDecoy.safeParse(answer).data;
  const created = await connection.requestJson("POST", "/admin/secrets", parse, { body });
  if (options.json) context.terminal.json(created);
  else {
    context.terminal.data(created.id);
    context.terminal.note(
      `Whoever asks for ${created.key_path} is frozen; grant it to nobody who works with it`,
    );
  }
  return EXIT.ok;
}

/** `decoys mark`, `decoys unmark`. @throws VaultError `secret.not_found`, `secret.decoy_collision` */
export async function setDecoy(
  name: string,
  isDecoy: boolean,
  options: SecretOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const id = await secretId(connection, name, options);
  const parse = (value: unknown) => Updated.safeParse(value).data;
  const path = serverPath("admin", "secrets", id);
  const updated = await connection.requestJson("PUT", path, parse, { body: { is_honey_token: isDecoy } });
  if (options.json) context.terminal.json({ ...updated, is_honey_token: isDecoy });
  else context.terminal.note(isDecoy ? `${name} is a decoy now` : `${name} is a decoy no more`);
  return EXIT.ok;
}

const CreatedDecoy = z.object({ id: z.string(), key_path: z.string(), namespace: z.string() });
const Updated = z.object({ updated: z.literal(true), id: z.string() });

/** @throws VaultError `request.invalid` */
function wholeNumber(text: string, what: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new VaultError("request.invalid", `${what} has to be a whole number such as 3`);
}

function describe(secret: z.infer<typeof SecretSummary>): string {
  const marks = `${secret.is_honey_token ? "  decoy" : ""}${secret.unredactable ? "  may be seen" : ""}`;
  return `${secret.id}  ${secret.namespace}  ${secret.key_path}  ${secret.secret_type}  version ${secret.version}  ` +
    `updated ${secret.updated_at} UTC${marks}`;
}

function describeVersion({ version, current, written_at, replaced_at }: SecretVersionSummary): string {
  const written = written_at === null ? "written at a time no longer known" : `written ${written_at} UTC`;
  return current
    ? `${version}  ${written}  present value`
    : `${version}  ${written}  replaced ${replaced_at} UTC`;
}
