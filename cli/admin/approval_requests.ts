/** What waits for a person, of both kinds: an agent's access to a project, and exactly one command of it. */

import * as z from "zod";
import { CommandBinding } from "../../shared/api/command.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { VaultError } from "../../shared/errors.ts";
import { formatDuration } from "../duration.ts";
import { bindingLines, runWords } from "../explain/words.ts";
import type { AdminConnection } from "./connection.ts";
import { listPages } from "./list_pages.ts";

const common = {
  id: z.string(),
  agent_id: z.string(),
  project_name: z.string(),
  namespace: z.string(),
  status: z.string(),
  requested_keys: z.array(z.string()),
  approved_keys: z.array(z.string()),
  request_sha256: z.string(),
  requested_at: z.string(),
  decided_at: z.string().nullable(),
  decided_by: z.string().nullable(),
  source_ip: z.string().nullable(),
  note: z.string().nullable(),
  approvals_so_far: z.array(z.object({ person: z.string(), given_at: z.string() })),
};

const AccessRequest = z.object({
  ...common,
  fingerprint: z.string(),
  asked_from: z.object({
    binary_sha256: z.string().nullable(),
    directory: z.string().nullable(),
    git_commit: z.string().nullable(),
    hostname: z.string().nullable(),
    os: z.string().nullable(),
  }),
  granted_before: z.array(z.object({ key_path: z.string(), until: z.string().nullable() })),
});
export type AccessRequest = z.infer<typeof AccessRequest> & { readonly kind: "access" };

const CommandRequest = z.object({
  ...common,
  binding: CommandBinding,
  uses_asked: z.number().nullable(),
  seconds_asked: z.number(),
  uses_left: z.number().nullable(),
  valid_until: z.string().nullable(),
  used: z.number(),
  hostname: z.string().nullable(),
});
export type CommandRequest = z.infer<typeof CommandRequest> & { readonly kind: "command" };

export type ApprovalRequest = AccessRequest | CommandRequest;

/** Where a request of a kind is decided. */
export const REQUEST_PATH = { access: "/admin/pending-grants", command: "/admin/command-grants" } as const;

/** Newest first; those that wait, or all. @throws VaultError */
export async function loadRequests(
  connection: AdminConnection,
  { all }: { readonly all: boolean },
): Promise<ApprovalRequest[]> {
  const query: Record<string, string> = all ? {} : { status: "pending" };
  const access = await listPages(connection, REQUEST_PATH.access, { item: AccessRequest, query });
  const commands = await listPages(connection, REQUEST_PATH.command, { item: CommandRequest, query });
  const requests = [
    ...access.map((request) => ({ ...request, kind: "access" as const })),
    ...commands.map((request) => ({ ...request, kind: "command" as const })),
  ];
  return requests.sort((one, other) => one.requested_at < other.requested_at ? 1 : -1);
}

/** Fewer characters would name a request by chance. */
const SHORTEST_START = 4;

/** By its id, or the start of it where that is one request's only. @throws VaultError `request.invalid` */
export async function findRequest(connection: AdminConnection, id: string): Promise<ApprovalRequest> {
  if (id.length < SHORTEST_START) {
    throw new VaultError(
      "request.invalid",
      "Give the id of the request, or its first four characters or more",
    );
  }
  const found = (await loadRequests(connection, { all: true })).filter((request) =>
    request.id.startsWith(id)
  );
  const [request, another] = found;
  if (request !== undefined && another === undefined) return request;
  const what = request === undefined ? "No request has this id" : "Several requests begin with this id";
  throw new VaultError("request.invalid", `${what}; see cortex admin approvals list`);
}

/** All that a person has to see before they decide, a line each. */
export function cardLines(request: ApprovalRequest): string[] {
  return [
    `${request.kind === "command" ? "one command" : "access"} of ${shown(request.agent_id)}`,
    `  id          ${request.id}  ${request.status}`,
    `  project     ${shown(request.project_name)}, namespace ${request.namespace}`,
    `  keys        ${keyWords(request)}`,
    ...(request.kind === "command" ? commandLines(request) : accessLines(request)),
    `  asked       ${request.requested_at} UTC${
      request.source_ip === null ? "" : ` from ${request.source_ip}`
    }`,
    ...(request.note === null ? [] : [`  note        ${shown(request.note)}`]),
    ...request.approvals_so_far.map(({ person, given_at }) =>
      `  approved by ${shown(person)} at ${given_at} UTC; another person has to approve the same`
    ),
    ...(request.decided_at === null
      ? []
      : [`  decided     ${request.decided_at} UTC by ${shown(request.decided_by ?? "?")}`]),
  ];
}

function commandLines(request: CommandRequest): string[] {
  const asked = runWords(request.uses_asked);
  const { valid_until: until, used } = request;
  return [
    ...bindingLines(request.binding).map((line) => `  ${line}`),
    `  asked for   ${asked}, for ${formatDuration(request.seconds_asked)} after the approval`,
    ...(request.hostname === null ? [] : [`  host        ${shown(request.hostname)}`]),
    ...(until === null
      ? []
      : [`  approved    ${leftWords(request)}, until ${until} UTC; used ${used} times`]),
  ];
}

function leftWords({ uses_left }: CommandRequest): string {
  return `${runWords(uses_left)}${uses_left === null ? "" : " left"}`;
}

/** What the agent has not had before is marked while it waits. */
function keyWords(request: ApprovalRequest): string {
  if (request.kind === "command" || request.status !== "pending") {
    return request.requested_keys.map(shown).join(", ");
  }
  const before = new Set(request.granted_before.map(({ key_path }) => key_path));
  return request.requested_keys.map((key) => before.has(key) ? shown(key) : `${shown(key)} (new)`).join(", ");
}

function accessLines({ fingerprint, asked_from, granted_before }: AccessRequest): string[] {
  const { hostname, os, binary_sha256, directory, git_commit } = asked_from;
  const facts = [
    ["agent key ", fingerprint],
    ["host      ", hostname === null || os === null ? hostname : `${hostname}, ${os}`],
    ["program   ", binary_sha256 === null ? null : `SHA-256 ${binary_sha256}`],
    ["directory ", directory],
    ["commit    ", git_commit],
  ] as const;
  return [
    ...facts.flatMap(([name, text]) => text === null ? [] : [`  ${name}  ${shown(text)}`]),
    `  had before  ${granted_before.map(beforeWords).join(", ") || "nothing"}`,
  ];
}

function beforeWords({ key_path, until }: AccessRequest["granted_before"][number]): string {
  return until === null ? shown(key_path) : `${shown(key_path)} until ${until} UTC`;
}

function shown(text: string): string {
  return printableLine(text, 2_048);
}
