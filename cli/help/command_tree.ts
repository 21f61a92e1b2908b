/** The commands of `cortex` as data, read from commander's tree and the help of `run`: completions and man pages come from it. */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";

export interface CommandFacts {
  /** From `cortex` on. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly usage: string;
  readonly options: readonly OptionFacts[];
  /** What its help says at the end. */
  readonly more: string;
  readonly commands: readonly CommandFacts[];
}

export interface OptionFacts {
  /** As typed, such as `--project`; the long one first. */
  readonly names: readonly string[];
  /** What follows it, such as `<name>`; empty for a switch. */
  readonly value: string;
  readonly description: string;
}

/** The part of commander that is read. */
type Tree = Pick<
  CommandUnknownOpts,
  | "name"
  | "description"
  | "usage"
  | "commands"
  | "options"
  | "helpInformation"
  | "configureOutput"
  | "outputHelp"
>;

/** Commands whose options commander does not know: their whole help by name. */
export type OwnHelp = Readonly<Record<string, string>>;

/** The tree below a command. */
export function commandTree(command: Tree, own: OwnHelp, above: readonly string[] = []): CommandFacts {
  const words = [...above, command.name()];
  const help = above.length === 1 ? own[command.name()] : undefined;
  return {
    words,
    summary: command.description(),
    usage: help === undefined ? `${words.join(" ")} ${command.usage()}` : usageOf(help),
    options: help === undefined ? command.options.map(optionFacts) : optionsOf(help),
    more: help === undefined ? textAfter(command) : moreOf(help),
    commands: command.commands.filter((child) => child.name() !== "help")
      .map((child) => commandTree(child, own, words)),
  };
}

/** The command itself and all below it. */
export function allCommands(tree: CommandFacts): readonly CommandFacts[] {
  return [tree, ...tree.commands.flatMap(allCommands)];
}

function optionFacts(option: CommandUnknownOpts["options"][number]): OptionFacts {
  const { long, short, flags, description } = option;
  const value = /[<[].*$/.exec(flags)?.[0] ?? "";
  return { names: [long, short].filter((name) => typeof name === "string"), value, description };
}

/** The lines of `Options:`, each with those that go on with it. */
function optionsOf(help: string): OptionFacts[] {
  const section = /^Options:\n((?:.+\n)*)/m.exec(help)?.[1] ?? "";
  const joined = section.replace(/\n {10,}(?=\S)/g, " ");
  return joined.split("\n").flatMap((line) => {
    const [, flags = "", description = ""] = /^ +(-.*?) {2,}(.*)$/.exec(line) ?? [];
    if (flags === "") return [];
    const names = flags.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g) ?? [];
    const value = /[<[].*$/.exec(flags)?.[0] ?? "";
    return [{ names: names.toSorted((one, other) => other.length - one.length), value, description }];
  });
}

function usageOf(help: string): string {
  return /^Usage: (.+)$/m.exec(help)?.[1] ?? "";
}

/** What was added to a command's help: printed only, so it is printed into a text. */
function textAfter(command: Tree): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trim();
}

/** All but usage and options. */
function moreOf(help: string): string {
  return help.replace(/^Usage: .+\n/, "").replace(/^Options:\n(?:.+\n)*/m, "").trim();
}
