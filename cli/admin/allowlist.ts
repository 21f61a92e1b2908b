/** Which daemon programs may attest, as an operator sees and changes it. */

import { z } from "zod";
import { serverPath } from "../../shared/client/server_client.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { readAllowedDaemons } from "../../shared/release/allowed_daemons.ts";
import type { CliContext } from "../context.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

const PATH = "/admin/allowed-daemon-versions";

const Allowed = z.object({
  binary_sha256: z.string(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  enabled: z.union([z.number(), z.boolean()]),
  created_at: z.string(),
});

export interface AddOptions extends AdminOptions {
  readonly version?: string | undefined;
  readonly description?: string | undefined;
}

export interface ImportOptions extends AdminOptions {
  /** The project's public key, unpadded base64url. */
  readonly key: string;
}

/** `list`. @throws VaultError */
export async function listAllowed(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const rows = await listPages(connection, PATH, { item: Allowed });
  if (options.json) context.terminal.json(rows);
  else if (rows.length === 0) context.terminal.note("The list is empty: every daemon may attest");
  for (const { binary_sha256, version, description, enabled } of options.json ? [] : rows) {
    const off = Number(enabled) === 1 ? "" : "  switched off";
    context.terminal.data(
      `${binary_sha256}  ${printableLine(version ?? "-")}  ${printableLine(description ?? "")}${off}`
        .trimEnd(),
    );
  }
  return EXIT.ok;
}

/** `add`. @throws VaultError `allowlist.exists` */
export async function addAllowed(sha256: string, options: AddOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const { version, description } = options;
  await add(connection, { binary_sha256: sha256, version, description });
  if (options.json) context.terminal.json({ ok: true, added: [sha256] });
  else context.terminal.note("Allowed; from now on only listed daemons attest");
  return EXIT.ok;
}

/** `import`: all daemons of a release, by the project's signature. @throws VaultError `allowlist.untrusted` */
export async function importAllowed(
  file: string,
  options: ImportOptions,
  context: CliContext,
): Promise<number> {
  const { version, daemons } = readAllowedDaemons(await readList(file), options.key);
  const connection = await connectAsAdmin(options, context);
  const [added, present]: [string[], string[]] = [[], []];
  for (const [target, sha256] of Object.entries(daemons)) {
    const isNew = await addUnlessThere(connection, {
      binary_sha256: sha256,
      version,
      description: `release for ${target}`,
    });
    (isNew ? added : present).push(sha256);
  }
  if (options.json) context.terminal.json({ ok: true, version, added, present });
  else {context.terminal.note(
      `Release ${version}: ${added.length} daemons allowed, ${present.length} were there`,
    );}
  return EXIT.ok;
}

/** `remove`. @throws VaultError `allowlist.not_found` */
export async function removeAllowed(
  sha256: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  await connection.requestJson("DELETE", serverPath("admin", "allowed-daemon-versions", sha256), anything);
  if (options.json) context.terminal.json({ ok: true, removed: sha256 });
  else context.terminal.note("Removed; its sessions have ended");
  return EXIT.ok;
}

interface Entry {
  readonly binary_sha256: string;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
}

async function add(connection: AdminConnection, body: Entry): Promise<void> {
  await connection.requestJson("POST", PATH, anything, { body });
}

async function addUnlessThere(connection: AdminConnection, entry: Entry): Promise<boolean> {
  try {
    await add(connection, entry);
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.code === "allowlist.exists") return false;
    throw error;
  }
}

const anything = (value: unknown) => typeof value === "object" && value !== null ? value : undefined;

async function readList(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch {
    throw new VaultError(
      "request.invalid",
      "The list cannot be read; name the file allowed-daemons.json of a release",
    );
  }
}
