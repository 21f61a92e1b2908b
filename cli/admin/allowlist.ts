/** Which daemon programs may attest, as an operator sees and changes it. */

import * as z from "zod";
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
  /** Take a list that is older than what is allowed. */
  readonly older?: true | undefined;
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

/**
 * `import`: all daemons of a release, by the project's signature. An old list is signed as well, so one that is older than
 * what is allowed needs a word more: nobody brings old daemons back by handing an admin an old file.
 * @throws VaultError `allowlist.untrusted`, `request.invalid`
 */
export async function importAllowed(
  file: string,
  options: ImportOptions,
  context: CliContext,
): Promise<number> {
  const { version, daemons } = readAllowedDaemons(await readList(file), options.key);
  const connection = await connectAsAdmin(options, context);
  if (options.older !== true) await refuseOlder(connection, version);
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
  else {
    const before = present.length === 0 ? "" : `, ${present.length} allowed before`;
    context.terminal.note(`Release ${version}: ${added.length} allowed${before}; only listed daemons attest`);
  }
  return EXIT.ok;
}

async function refuseOlder(connection: AdminConnection, version: string): Promise<void> {
  const rows = await listPages(connection, PATH, { item: Allowed });
  const newer = rows.map((row) => row.version ?? "").find((allowed) => isOlder(version, allowed));
  if (newer === undefined) return;
  throw new VaultError(
    "request.invalid",
    `This list is of release ${version}, and ${
      printableLine(newer)
    } is allowed already: an old daemon may have faults ` +
      "that are known by now. Take the newest list, or add --older",
  );
}

/** By the three numbers; what is written otherwise is not older and not newer. */
function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) =>
    /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number)
  );
  const at = one?.findIndex((number, index) => number !== other?.[index]) ?? -1;
  return one !== undefined && other !== undefined && at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
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
