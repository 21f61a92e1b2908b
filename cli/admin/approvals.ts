/**
 * Decisions on a terminal. What is decided about is shown first, and the decision names the digest of what was shown: a
 * request that changed in between is refused by the server. Without a person at the terminal nothing is approved,
 * unless `--yes` says that somebody has looked.
 */

import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { parseDuration } from "../duration.ts";
import {
  type ApprovalRequest,
  cardLines,
  findRequest,
  loadRequests,
  REQUEST_PATH,
} from "./approval_requests.ts";
import { type Confirmable, isConfirmed, notDone } from "./confirmation.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";

export interface DecisionOptions extends AdminOptions, Confirmable {
  readonly note?: string | undefined;
}

export interface ApproveOptions extends DecisionOptions {
  /** Key paths; all that are asked for where none is given. */
  readonly key?: readonly string[] | undefined;
  readonly uses?: string | undefined;
  readonly for?: string | undefined;
  readonly term?: string | undefined;
}

const APPROVED = "Approved; the agent's next run has it";
const HALF_APPROVED = "Your approval is kept; another person has to approve the same before it counts";

/** `list`. @throws VaultError */
export async function listApprovals(
  options: AdminOptions & { readonly all?: true | undefined },
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const requests = await loadRequests(connection, { all: options.all === true });
  if (options.json) context.terminal.json(requests);
  else if (requests.length === 0) context.terminal.note("Nothing waits for a person");
  else for (const line of requests.flatMap(cardLines)) context.terminal.data(line);
  return EXIT.ok;
}

/** `approve`. @throws VaultError `grant.changed`, `grant.already_decided`, `request.invalid` */
export async function approveRequest(
  id: string,
  options: ApproveOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const request = await shownRequest(connection, id, options, context);
  const body = approvalOf(request, options);
  if (!isConfirmed("Approve this?", options, context)) return notDone(context);
  const counts = isApproved(await decide(connection, request, "approve", body));
  if (options.json) context.terminal.json({ approved: counts, id: request.id, kind: request.kind });
  else context.terminal.note(counts ? APPROVED : HALF_APPROVED);
  return EXIT.ok;
}

/** `deny`. @throws VaultError */
export async function denyRequest(
  id: string,
  options: DecisionOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const request = await shownRequest(connection, id, options, context);
  if (!isConfirmed("Deny this?", options, context)) return notDone(context);
  const note = options.note === undefined ? {} : { note: options.note };
  const body = request.kind === "access" ? { request_sha256: request.request_sha256, ...note } : {};
  await decide(connection, request, "deny", body);
  if (options.json) context.terminal.json({ denied: true, id: request.id, kind: request.kind });
  else context.terminal.note("Denied");
  return EXIT.ok;
}

/** `end`: an approval no longer counts, a denial no longer stands. @throws VaultError */
export async function endRequest(id: string, options: DecisionOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const request = await shownRequest(connection, id, options, context);
  if (!isConfirmed("End this?", options, context)) return notDone(context);
  await connection.requestJson("DELETE", `${REQUEST_PATH[request.kind]}/${request.id}`, anything);
  if (options.json) context.terminal.json({ ended: true, id: request.id, kind: request.kind });
  else context.terminal.note("Ended; the agent has to ask again");
  return EXIT.ok;
}

async function shownRequest(
  connection: AdminConnection,
  id: string,
  { json }: AdminOptions,
  { terminal }: CliContext,
): Promise<ApprovalRequest> {
  const request = await findRequest(connection, id);
  const lines = json ? [] : cardLines(request);
  for (const line of lines) terminal.note(line);
  return request;
}

function approvalOf(request: ApprovalRequest, options: ApproveOptions): Record<string, unknown> {
  const keys = options.key === undefined ? {} : { approved_keys: options.key };
  const shown = { request_sha256: request.request_sha256, ...keys };
  if (request.kind === "access") {
    if (options.uses !== undefined || options.for !== undefined) throw wrongTerms("--term once|day|month");
    const note = options.note === undefined ? {} : { note: options.note };
    return { ...shown, ...note, ...(options.term === undefined ? {} : { term: options.term }) };
  }
  if (options.term !== undefined || options.note !== undefined) throw wrongTerms("--uses and --for");
  const uses = options.uses === undefined ? {} : { uses: count(options.uses) };
  return { ...shown, ...uses, ...(options.for === undefined ? {} : { seconds: secondsOf(options.for) }) };
}

function wrongTerms(right: string): VaultError {
  return new VaultError("request.invalid", `A request of this kind is approved with ${right}`);
}

function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new VaultError("request.invalid", "The option --uses takes a whole number from 1");
}

function secondsOf(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new VaultError("request.invalid", "The option --for takes a time such as 30m, 12h or 7d");
}

async function decide(
  connection: AdminConnection,
  { kind, id }: ApprovalRequest,
  verb: "approve" | "deny",
  body: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  return await connection.requestJson("POST", `${REQUEST_PATH[kind]}/${id}/${verb}`, anything, { body });
}

/** Where two people have to approve, the first one's word is only kept. */
function isApproved({ approved, status }: Readonly<Record<string, unknown>>): boolean {
  return approved !== false && status !== "pending";
}

const anything = (value: unknown) => typeof value === "object" && value !== null ? { ...value } : undefined;
