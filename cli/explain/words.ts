/** What an explanation says, in words for a person or an agent. Names and commands come from outside: nothing hidden passes. */

import type { CommandBinding } from "../../shared/api/command.ts";
import type { ExplainedCommand, ExplainedName, NameState } from "../../shared/api/command_grants.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { shellWords } from "../shell_words.ts";

/** Each state with what to do about it; the second is empty where nothing has to be done. */
const STATES: Readonly<Record<NameState, readonly [words: string, next: string]>> = {
  released: ["a run gets it", ""],
  waiting: ["waits for an admin", "tell your human that an admin has to approve it"],
  unasked: ["not asked for yet", "the next cortex run asks an admin"],
  other_command: ["approved for another command", "ask for this one with cortex run --request"],
  needs_request: ["for approved commands only", "ask with cortex run --request"],
  denied: ["an admin said no", "ask the admin; running again will not help"],
  not_approved: ["an admin left it out", "ask the admin; running again will not help"],
  denied_by_policy: ["a policy keeps it from this agent", "ask the admin about the agent's policies"],
  not_granted: ["not granted to the project", "ask the admin to grant it"],
  template: ["a template", "cortex template render"],
  ssh_key: ["an SSH key, used in the vault", "cortex ssh"],
  delivery_template: ["only inside templates", "cortex template render"],
  delivery_never: ["never given as a value", "cortex sign, or a broker"],
};

const PARTS: Readonly<Record<string, string>> = {
  program: "the program or script",
  program_changed: "the program or script has changed since",
  arguments: "the arguments",
  directory: "the directory",
  repository: "the repository",
  commit: "the commit",
};

/** Whether a run gets the name. */
export function isReleased({ state }: ExplainedName): boolean {
  return state === "released";
}

/** One line for each name, in columns. */
export function nameLines(names: readonly ExplainedName[]): string[] {
  const width = Math.max(0, ...names.map(({ name }) => name.length));
  return names.map((entry) => {
    const [words, next] = STATES[entry.state];
    const how = isReleased(entry) ? deliveryWords(entry) : next === "" ? "" : `; ${next}`;
    return `${printableLine(entry.name, 255).padEnd(width)}  ${words}${how}`;
  });
}

function deliveryWords({ delivery, by_command }: ExplainedName): string {
  const way = delivery === "file" ? " as a file" : " as a variable";
  return by_command ? `${way}, for this command` : way;
}

/** Some lines for each approval or request of a command. */
export function commandLines(commands: readonly ExplainedCommand[]): string[] {
  return commands.flatMap((command) => [
    `${command.id}  ${termWords(command)}`,
    ...bindingLines(command.binding).map((line) => `  ${line}`),
    `  names       ${command.names.map((name) => printableLine(name, 255)).join(", ")}`,
    ...differenceLines(command),
  ]);
}

function termWords({ status, uses_left, valid_until }: ExplainedCommand): string {
  if (status === "pending") return "waits for an admin";
  return `approved: ${runWords(uses_left)}${uses_left === null ? "" : " left"}, until ${
    valid_until ?? "?"
  } UTC`;
}

/** How often, null for as often as wanted. */
export function runWords(uses: number | null): string {
  if (uses === null) return "any number of runs";
  return uses === 1 ? "1 run" : `${uses} runs`;
}

function differenceLines({ status, differs }: ExplainedCommand): string[] {
  if (status !== "approved" || differs === null) return [];
  if (differs.length === 0) return ["  this command is the one"];
  return [`  differs in  ${differs.map((part) => PARTS[part] ?? printableLine(part)).join(", ")}`];
}

/** What a request or approval is about. */
export function bindingLines(
  { files, args, directory, repository, search_path, environment }: CommandBinding,
): string[] {
  const [program, ...others] = files;
  return [
    `program     ${shellWords([program?.path ?? ""])}  sha256 ${program?.sha256.slice(0, 16) ?? ""}…`,
    ...others.map(({ path, sha256 }) => `with        ${shellWords([path])}  sha256 ${sha256.slice(0, 16)}…`),
    `arguments   ${args.length === 0 ? "none" : shellWords(args)}`,
    `directory   ${shellWords([directory])}`,
    ...(repository?.remote ? [`repository  ${printableLine(repository.remote, 2_048)}`] : []),
    ...(repository?.commit ? [`commit      ${repository.commit}`] : []),
    `PATH        ${printableLine(search_path, 16_384)}`,
    ...(environment.length === 0 ? [] : [`environment ${environment.join(", ")}`]),
  ];
}
