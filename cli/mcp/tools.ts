/**
 * The tools of `cortex mcp`. No tool returns a value of the vault: what programs print was redacted by the daemon before it
 * came here, and nothing else that the daemon or the server says to this side holds one.
 */

import * as z from "zod";
import { SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { PROTOCOL_VERSION } from "../../shared/socket/messages.ts";
import { askForAnswer } from "../daemon_answer.ts";
import { askExplanation, askForAnyCommand, askForCommand } from "../explain/ask.ts";
import { bindingLines, commandLines, isReleased, nameLines } from "../explain/words.ts";
import { answer, type ToolAnswer } from "./answers.ts";
import { captureRun } from "./captured_run.ts";
import { namesOf } from "./names.ts";
import { runLines } from "./run_words.ts";
import type { Scope } from "./scope.ts";
import type { EXPLAIN, LIST_NAMES, RENDER_TEMPLATE, REQUEST_ACCESS, RUN_COMMAND } from "./shapes.ts";

export interface ToolWorld {
  readonly socket: string;
  readonly scope: Scope;
}

/** What a call brings beside its arguments. */
export interface CallContext {
  readonly cancelled: AbortSignal;
}

/** Names that a project can have, and where each stands. */
export async function listNames(world: ToolWorld, call: z.infer<typeof LIST_NAMES>): Promise<ToolAnswer> {
  const { project_name, names } = await explanationOf(world, { ...call, names: null });
  const shown = names.map(({ name, state, delivery }) => ({ name, state, delivery }));
  const text = names.length === 0
    ? "Nothing is granted to this project; an admin can grant it"
    : nameLines(names).join("\n");
  return answer(text, { project: project_name, names: shown });
}

/** What the agent can do now, and whether a command passes. */
export async function explain(world: ToolWorld, call: z.infer<typeof EXPLAIN>): Promise<ToolAnswer> {
  const names = await namesOf(call.names, await world.scope.directory(call.directory));
  const { agent_id, project_name, blocked, names: states, commands } = await explanationOf(world, {
    ...call,
    names,
  });
  const text = [
    `agent ${agent_id}, project ${project_name}${blocked === null ? "" : `: nothing passes (${blocked})`}`,
    ...nameLines(states),
    ...(commands.length === 0 ? [] : ["single commands:", ...commandLines(commands)]),
  ].join("\n");
  return answer(text, { project: project_name, blocked, names: states, commands });
}

/** Asks a person; never approves. */
export async function requestAccess(
  world: ToolWorld,
  call: z.infer<typeof REQUEST_ACCESS>,
): Promise<ToolAnswer> {
  return call.program === undefined
    ? await requestProject(world, call)
    : await requestCommand(world, { ...call, program: call.program });
}

/** Has a stored template filled into a file; the answer says how long it is and which names are in it. */
export async function renderTemplate(
  { socket, scope }: ToolWorld,
  { project, directory, template, out }: z.infer<typeof RENDER_TEMPLATE>,
): Promise<ToolAnswer> {
  const cwd = await scope.directory(directory);
  const { bytes, names } = await askForAnswer(socket, {
    cmd: "template",
    v: PROTOCOL_VERSION,
    project: scope.project(project),
    template: { name: template },
    cwd,
    out,
    force: false,
  }, Rendered);
  const text = `Wrote ${out}: ${bytes} bytes, with ${names.join(", ") || "no value"}. Do not print the file.`;
  return answer(text, { path: out, bytes, names });
}

const Rendered = z.object({ bytes: z.number(), names: z.array(z.string()) });

/** Runs a program with its keys and gives its redacted output. */
export async function runCommand(
  { socket, scope }: ToolWorld,
  call: z.infer<typeof RUN_COMMAND>,
  { cancelled }: CallContext,
): Promise<ToolAnswer> {
  const cwd = await scope.directory(call.directory);
  const run = await captureRun({
    socket,
    project: scope.project(call.project),
    program: call.program,
    args: call.args,
    cwd,
    names: await namesOf(call.names, cwd),
    timeout: call.timeout_seconds * SECOND,
    outputLimit: call.max_output_bytes,
    cancelled,
  });
  const data = {
    exit_code: run.code ?? null,
    signal: run.signal ?? null,
    ended: run.ended,
    stdout: run.stdout.text,
    stderr: run.stderr.text,
    omitted_bytes: run.stdout.omitted + run.stderr.omitted,
    delivered: [...run.started?.delivered ?? []],
    missing: [...run.started?.unmatched ?? []],
  };
  return { ...answer(runLines(run).join("\n"), data), isError: run.code !== 0 };
}

async function explanationOf(
  { socket, scope }: ToolWorld,
  call: {
    readonly project?: string | undefined;
    readonly directory?: string | undefined;
    readonly names: readonly string[] | null;
    readonly program?: string | undefined;
    readonly args?: readonly string[] | undefined;
  },
) {
  const command = call.program === undefined
    ? null
    : await meantCommand(scope, { ...call, program: call.program });
  return await askExplanation(socket, { project: scope.project(call.project), names: call.names, command });
}

async function meantCommand(
  scope: Scope,
  { program, args = [], directory }: {
    readonly program: string;
    readonly args?: readonly string[] | undefined;
    readonly directory?: string | undefined;
  },
) {
  return { program, args, cwd: await scope.directory(directory), path: Deno.env.get("PATH") ?? null };
}

async function requestCommand(
  { socket, scope }: ToolWorld,
  call: z.infer<typeof REQUEST_ACCESS> & { readonly program: string },
): Promise<ToolAnswer> {
  const command = await meantCommand(scope, call);
  const asked = await askForCommand(socket, {
    project: scope.project(call.project),
    names: await namesOf(call.names, command.cwd),
    command,
    patterns: false,
    commit: false,
    uses: call.uses ?? null,
    seconds: call.minutes * 60,
    note: call.note ?? null,
  });
  if (asked.status === "approved") {
    return answer("Exactly this command is approved already: run it", { ...asked });
  }
  const text = [
    `A person has been asked to allow exactly this command (request ${asked.id}):`,
    ...bindingLines(asked.binding),
    `Tell the user: please have an admin look at request ${asked.id}. Then call run_command with the same words.`,
  ].join("\n");
  return answer(text, { ...asked });
}

/** Asks for the names that nobody has decided about, for any command; starts nothing. */
async function requestProject(world: ToolWorld, call: z.infer<typeof REQUEST_ACCESS>): Promise<ToolAnswer> {
  const names = await namesOf(call.names, await world.scope.directory(call.directory));
  const { names: states, project_name } = await explanationOf(world, { ...call, names, program: undefined });
  const open = states.filter(({ state }) => state === "unasked" || state === "waiting");
  if (open.length === 0) {
    const text = ["Nobody has to be asked:", ...nameLines(states)].join("\n");
    return answer(text, { status: states.every(isReleased) ? "approved" : "decided", names: states });
  }
  const command = await meantCommand(world.scope, { program: "true", directory: call.directory });
  const id = await requestId(() => askForAnyCommand(world.socket, { project: project_name, names, command }));
  if (id === undefined) return answer("It is approved already: call run_command", { status: "approved" });
  const text =
    `A person has been asked (request ${id}). Tell the user: please have an admin approve request ${id}.`;
  return answer(text, { status: "pending", request_id: id, names: open.map(({ name }) => name) });
}

/** The request that waits; undefined where it was approved. */
async function requestId(ask: () => Promise<void>): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "grant.pending") throw error;
    return String(error.details?.["grant_id"] ?? "");
  }
}
