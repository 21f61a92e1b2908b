/** The programs that may act for an agent, as an operator lists and changes them. */

import { AllowedCallerSummary, RemovedCaller } from "../../shared/api/allowed_callers.ts";
import { SHA256_HEX } from "../../shared/api/sha256.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { ProgramHashes } from "../../shared/os/program_hash.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";

export interface CallerOptions extends AdminOptions {
  readonly namespace?: string | undefined;
}

/** Which program, by its hash or by its file. */
export interface ProgramOptions extends CallerOptions {
  readonly sha256?: string | undefined;
  readonly file?: string | undefined;
  readonly parent?: true | undefined;
}

export interface AddOptions extends ProgramOptions {
  readonly label?: string | undefined;
}

export interface RemoveOptions extends ProgramOptions {
  readonly allowAny?: true | undefined;
}

/** `list`. @throws VaultError `agent.not_found`, `agent.ambiguous` */
export async function listCallers(
  agentId: string,
  options: CallerOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => AllowedCallerSummary.array().safeParse(value).data;
  const callers = await connection.requestJson("GET", pathOf(agentId, options), parse);
  if (options.json) context.terminal.json(callers);
  else for (const caller of callers) context.terminal.data(describe(caller));
  const isLimited = callers.some(({ role }) => role === "caller");
  if (!isLimited) context.terminal.note(`Any program of the daemon's user may call for ${agentId}`);
  return EXIT.ok;
}

/** `add`. @throws VaultError `allowlist.exists`, `request.invalid` */
export async function addCaller(
  agentId: string,
  options: AddOptions,
  context: CliContext,
): Promise<number> {
  const sha256 = await hashOf(options);
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => AllowedCallerSummary.safeParse(value).data;
  const body = { sha256, role: roleOf(options), label: options.label ?? null };
  const added = await connection.requestJson("POST", pathOf(agentId, options), parse, { body });
  if (options.json) context.terminal.json(added);
  else {
    context.terminal.data(added.sha256);
    const what = added.role === "caller" ? "call" : "stand above the caller";
    context.terminal.note(`This program may ${what} for ${agentId}; no other that is not listed may`);
  }
  return EXIT.ok;
}

/** `remove`. @throws VaultError `allowlist.not_found`, `allowlist.last_entry` */
export async function removeCaller(
  agentId: string,
  options: RemoveOptions,
  context: CliContext,
): Promise<number> {
  const sha256 = await hashOf(options);
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => RemovedCaller.safeParse(value).data;
  const path = pathOf(agentId, options, {
    sha256,
    role: roleOf(options),
    ...(options.allowAny === true ? { allow_any: "true" } : {}),
  });
  const removed = await connection.requestJson("DELETE", path, parse);
  if (options.json) context.terminal.json(removed);
  else if (removed.enforced) context.terminal.note(`This program may not act for ${agentId} any more`);
  else context.terminal.note(`The list is empty: any program of the daemon's user may act for ${agentId}`);
  return EXIT.ok;
}

function roleOf({ parent }: ProgramOptions) {
  return parent === true ? "parent" : "caller";
}

/** @throws VaultError `request.invalid` */
async function hashOf({ sha256, file }: ProgramOptions): Promise<string> {
  if (file !== undefined) return await new ProgramHashes().ofPath(file);
  const hash = sha256?.trim().toLowerCase();
  if (hash !== undefined && SHA256_HEX.test(hash)) return hash;
  throw new VaultError(
    "request.invalid",
    "Say which program: --sha256 with 64 hex digits, or --file with its path",
  );
}

function pathOf(
  agentId: string,
  { namespace }: CallerOptions,
  query: Readonly<Record<string, string>> = {},
): string {
  const all = new URLSearchParams({ ...query, ...(namespace === undefined ? {} : { namespace }) });
  const path = serverPath("admin", "agents", agentId, "allowed-callers");
  return all.size === 0 ? path : `${path}?${all}`;
}

function describe({ sha256, role, label, created_at }: AllowedCallerSummary): string {
  return `${sha256}  ${role}  ${label ?? "-"}  added ${created_at} UTC`;
}
