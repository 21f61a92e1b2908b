/** `cortex explain` and `cortex run --dry-run`: what this agent can do now, in this directory, and what to do about the rest. */

import { cortexHome } from "../../shared/client/home.ts";
import { EXIT, type ExitCode } from "../../shared/errors.ts";
import { parseProjectName } from "../../shared/names.ts";
import type { CliContext } from "../context.ts";
import { type WantedNames, wantedNames } from "../env_file.ts";
import { meantCommand } from "../run/meant_command.ts";
import type { RunOptions } from "../run/options.ts";
import { shellWords } from "../shell_words.ts";
import { askExplanation, type Explanation } from "./ask.ts";
import { commandLines, isReleased, nameLines } from "./words.ts";

export interface ExplainOptions {
  readonly project: string;
  readonly envFile?: string | undefined;
  readonly sock?: string | undefined;
  readonly json?: true | undefined;
}

/** `cortex explain`; `words` is the command, or nothing. @throws VaultError */
export async function explain(
  words: readonly string[],
  options: ExplainOptions,
  context: CliContext,
): Promise<number> {
  const project = parseProjectName(options.project);
  const wanted = wantedNames(options.envFile);
  const [program, ...args] = words;
  const explanation = await askExplanation(options.sock ?? cortexHome(context.env).socket, {
    project,
    names: listOf(wanted),
    command: program === undefined ? null : meantCommand(program, args),
  });
  if (options.json) context.terminal.json({ ok: true, ...explanation });
  else sayAll(explanation, wanted, words, context);
  return EXIT.ok;
}

/** `cortex run --dry-run`: exits as the run would, as far as the server decides it. @throws VaultError */
export async function dryRun(options: RunOptions, context: CliContext): Promise<number> {
  const { project, program, args } = options;
  const wanted = wantedNames(options.envFile);
  const explanation = await askExplanation(options.socket ?? cortexHome(context.env).socket, {
    project,
    names: listOf(wanted),
    command: meantCommand(program, args),
  });
  const code = outcomeOf(explanation, wanted);
  if (options.json) context.terminal.json({ ok: code === EXIT.ok, exit_code: code, ...explanation });
  else {
    sayAll(explanation, wanted, [program, ...args], context);
    context.terminal.note(OUTCOMES[code] ?? "");
  }
  return code;
}

type Outcome = Extract<ExitCode, 0 | 120 | 121>;

const OUTCOMES: Readonly<Record<number, string>> = {
  [EXIT.ok]: "Dry run: it would start now",
  [EXIT.pendingApproval]: "Dry run: it would wait for an admin's approval",
  [EXIT.refused]: "Dry run: it would be refused",
} satisfies Readonly<Record<Outcome, string>>;

/** A name without a grant is no hindrance: the program starts without it, as `cortex run` says. */
function outcomeOf({ blocked, names }: Explanation, wanted: WantedNames): Outcome {
  if (blocked !== null) return EXIT.refused;
  const states = new Set(names.map(({ state }) => state));
  if (states.has("waiting") || states.has("unasked")) return EXIT.pendingApproval;
  const forCommands = states.has("needs_request") || states.has("other_command");
  return forCommands && (wanted.kind === "named" || !states.has("released")) ? EXIT.refused : EXIT.ok;
}

function sayAll(
  explanation: Explanation,
  wanted: WantedNames,
  words: readonly string[],
  { terminal }: CliContext,
): void {
  const { agent_id, namespace, project_name, names, commands, blocked } = explanation;
  terminal.data(`agent ${agent_id}, namespace ${namespace}, project ${project_name}`);
  if (blocked !== null) terminal.data(BLOCKED[blocked] ?? "Nothing passes; ask an admin");
  terminal.data(wanted.kind === "named" ? `names in ${wanted.file}:` : "names that are granted:");
  for (const line of names.length === 0 ? ["none"] : nameLines(names)) terminal.data(`  ${line}`);
  if (commands.length > 0) terminal.data("single commands:");
  for (const line of commandLines(commands)) terminal.data(`  ${line}`);
  if (words.length > 0 && needsRequest(explanation)) {
    terminal.data("to ask for this command:");
    terminal.data(`  cortex run --project ${shellWords([project_name])} --request -- ${shellWords(words)}`);
  }
}

const BLOCKED: Readonly<Record<string, string>> = {
  project_frozen: "The project is frozen: nothing passes until an admin lifts it",
  project_agent_mismatch: "The project belongs to another agent: use your own, or ask an admin to rebind it",
};

function needsRequest({ names }: Explanation): boolean {
  return names.some((entry) =>
    !isReleased(entry) && ["needs_request", "other_command"].includes(entry.state)
  );
}

function listOf(wanted: WantedNames): readonly string[] | null {
  return wanted.kind === "named" ? wanted.names : null;
}
