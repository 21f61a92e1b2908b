/** The verbs `explain` and `request`: what a command is, as this host sees it, told to the server. Nothing is started. */

import type { CommandFacts } from "../../shared/api/command.ts";
import { bindingOf } from "../../shared/command/binding.ts";
import type { Peer } from "../../shared/os/peer.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";
import type { CommandRequestLine, ExplainRequestLine, MeantCommand } from "../../shared/socket/messages.ts";
import { isUnsafeVariable } from "../../shared/command/unsafe_variables.ts";
import { VaultError } from "../../shared/errors.ts";
import { isEnvName } from "../../shared/names.ts";
import type { Callers } from "../caller/callers.ts";
import type { CallerFacts } from "../caller_headers.ts";
import { isOurVariable } from "../run/environment.ts";
import { callerFacts } from "../run/start.ts";
import type { ProjectTokens } from "../projects.ts";
import type { PassedAnswer, ServerCalls } from "../server_calls.ts";
import { Command } from "./command.ts";

export interface RequestDeps {
  readonly calls: ServerCalls;
  readonly projects: Pick<ProjectTokens, "askForAnyCommand">;
  readonly callers: Callers;
  readonly hashes: ProgramHashes;
}

/** What the C library searches where there is no PATH; told as it is, so that the approver sees it. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** The answer to `explain`, with the command as it was found. @throws VaultError */
export async function explainCommand(
  deps: RequestDeps,
  { project, names, command }: ExplainRequestLine,
  peer: Peer,
): Promise<PassedAnswer> {
  const caller = await whoAsks(deps, command, peer);
  const facts = command === null ? null : await lookAt(deps, command);
  const answer = await deps.calls.explain(
    { project_name: project, names: listOf(names), command: facts },
    caller,
  );
  return { ...answer, ok: true, command: facts };
}

/** The answer to `request`, with the binding that was asked for. @throws VaultError */
export async function requestCommand(
  deps: RequestDeps,
  request: CommandRequestLine,
  peer: Peer,
): Promise<PassedAnswer> {
  if (request.any_command === true) return await requestProject(deps, request, peer);
  const { project, names, command, patterns, commit, environment = [], uses, seconds, note } = request;
  checkAskable(environment);
  const facts = await lookAt(deps, command);
  const binding = bindingOf(facts, command.path ?? DEFAULT_PATH, { patterns, commit, environment });
  const asked = { project_name: project, names: listOf(names), binding, uses, seconds, note };
  const answer = await deps.calls.requestCommand(asked, await whoAsks(deps, command, peer));
  return { ...answer, ok: true, binding };
}

/** The answer where a person has approved the project's keys already. @throws VaultError `grant.pending`, `grant.denied` */
async function requestProject(
  deps: RequestDeps,
  { project, names, command }: CommandRequestLine,
  peer: Peer,
): Promise<PassedAnswer> {
  const wanted = {
    names: names === null ? null : [...new Set(names)].filter(isEnvName).sort(),
    sshKeys: false,
  };
  const caller = await whoAsks(deps, command, peer);
  const { mapped, unmatched } = await deps.projects.askForAnyCommand(project, wanted, caller);
  return { ok: true, status: "approved", names: mapped, unmatched };
}

/** @throws VaultError `request.invalid` */
function checkAskable(environment: readonly string[]): void {
  if (!environment.every(isEnvName)) throw new VaultError("request.invalid", "A variable has no usable name");
  const never = environment.find((name) => name === "PATH" || isUnsafeVariable(name) || isOurVariable(name));
  if (never === undefined) return;
  throw new VaultError(
    "request.invalid",
    `The variable ${never} goes to no approved command; PATH is part of the request already, and what loads other code into a program is never kept`,
  );
}

async function lookAt({ hashes }: RequestDeps, { path, ...line }: MeantCommand): Promise<CommandFacts> {
  using command = new Command(hashes, { ...line, path: path ?? undefined });
  return (await command.observe()).facts;
}

function whoAsks(deps: RequestDeps, command: MeantCommand | null, peer: Peer): Promise<CallerFacts> {
  return callerFacts(deps, command ?? { program: "", args: [], cwd: "/" }, peer);
}

function listOf(names: readonly string[] | null): string[] | null {
  return names === null ? null : [...names];
}
