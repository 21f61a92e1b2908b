/** Man pages (man(7)) made from the same facts as `--help`: one for each command that has options or words of its own. */

import { VERSION } from "../../shared/version.ts";
import { allCommands, type CommandFacts, type OptionFacts } from "./command_tree.ts";

export interface ManPage {
  /** Such as `cortex-daemon-login.1`. */
  readonly file: string;
  readonly text: string;
}

/** Every page. `cortex daemon` has none: the name is that of a program. */
export function manPages(tree: CommandFacts): readonly ManPage[] {
  return allCommands(tree).filter(({ words }) => words.join("-") !== "cortex-daemon").map((command) => ({
    file: `${command.words.join("-")}.1`,
    text: manPage(command),
  }));
}

function manPage({ words, summary, usage, options, more, commands }: CommandFacts): string {
  const name = words.join("-");
  return [
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`CortexAuth ${VERSION}`)}`,
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(summary)}`,
    ".SH SYNOPSIS",
    `.B ${escaped(usage)}`,
    ...section("DESCRIPTION", more === "" ? [] : [".nf", ...more.split("\n").map(line), ".fi"]),
    ...section("OPTIONS", options.flatMap(optionLines)),
    ...section("COMMANDS", commands.flatMap(commandLines)),
    "",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function optionLines({ names, value, description }: OptionFacts): string[] {
  return [".TP", `.B ${escaped([names.join(", "), value].filter(Boolean).join(" "))}`, line(description)];
}

function commandLines({ words, summary }: CommandFacts): string[] {
  return [".TP", `.B ${escaped(words.join(" "))}`, line(summary)];
}

/** A line that begins with a dot or an apostrophe would be a command of the formatter. */
function line(text: string): string {
  return /^[.']/.test(text) ? `\\&${escaped(text)}` : escaped(text);
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "")}"`;
}
