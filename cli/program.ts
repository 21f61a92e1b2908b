/** Every command but `run`, as a tree that commander parses. A command sets the exit code; a mistake in usage is 2. */

import { Command, CommanderError } from "@commander-js/extra-typings";
import { EXIT } from "../shared/errors.ts";
import { versionLine } from "../shared/version.ts";
import { adminCommand } from "./commands/admin/admin.ts";
import { auditCommand } from "./commands/audit/audit.ts";
import { daemonCommand } from "./commands/daemon/daemon.ts";
import { discoverCommand } from "./commands/discover.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { explainCommand } from "./commands/explain.ts";
import { genKeyCommand } from "./commands/gen_key.ts";
import { RUN_HELP, RUN_SUMMARY, SSH_HELP, SSH_SUMMARY } from "./commands/run_help.ts";
import { signCommand } from "./commands/sign/sign.ts";
import { mcpCommand } from "./commands/mcp.ts";
import { signProofCommand } from "./commands/sign_proof.ts";
import { skillCommand } from "./commands/skill.ts";
import { statusCommand } from "./commands/status.ts";
import { templateCommand } from "./commands/template.ts";
import { verifyAuditCommand } from "./commands/verify_audit.ts";
import { versionCommand } from "./commands/version.ts";
import { completionsCommand } from "./commands/completions.ts";
import { type CliContext, type Finish, processContext } from "./context.ts";
import { helpAlike } from "./help/alike.ts";
import { type CommandFacts, commandTree } from "./help/command_tree.ts";
import { reportFailure, reportUsage } from "./failure.ts";

const HELP_AFTER = `
Exit codes:
  0-119    the program's own, from cortex run
  2        the command line was wrong
  120      waiting for a person's approval
  121      refused
  122      not ready: no login, or no daemon
  123      the server cannot be reached, is sealed or busy
  124      waited as long as told
  125      any other failure
  126      the program cannot be executed
  127      the program was not found
  128+n    the program was ended by signal n

Examples:
  cortex daemon login --url https://vault.example.com
  cortex daemon start
  cortex run --project shop -- npm test`;

/** Parses and runs one command line; returns the exit code. */
export async function runProgram(args: readonly string[], context: CliContext): Promise<number> {
  let code: number = EXIT.ok;
  const program = buildProgram(context, (finished) => code = finished);
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      return endOfParsing(error, commandWords(program, args), args.includes("--json"), context);
    }
    return reportFailure(error, context.terminal, args.includes("--json"));
  }
}

/** The commands as data, for completions and man pages. */
export function programTree(): CommandFacts {
  return commandTree(buildProgram(processContext(), () => {}), { run: RUN_HELP, ssh: SSH_HELP });
}

function buildProgram(context: CliContext, finish: Finish): Command {
  const program = new Command("cortex")
    .description("Run programs with the keys they need, without seeing the keys.")
    .version(versionLine("cortex"), "-V, --version", "print the version")
    .addHelpText("after", HELP_AFTER)
    .showSuggestionAfterError();
  program.command("run").description(RUN_SUMMARY).helpOption(false).configureHelp({
    formatHelp: () => RUN_HELP,
  });
  program.command("ssh").description(SSH_SUMMARY).helpOption(false).configureHelp({
    formatHelp: () => SSH_HELP,
  });
  program.addCommand(signCommand(context, finish));
  program.addCommand(templateCommand(context, finish));
  program.addCommand(explainCommand(context, finish));
  program.addCommand(statusCommand(context, finish));
  program.addCommand(doctorCommand(context, finish));
  program.addCommand(daemonCommand(context, finish));
  program.addCommand(adminCommand(context, finish));
  program.addCommand(verifyAuditCommand(context, finish));
  program.addCommand(auditCommand(context, finish));
  program.addCommand(genKeyCommand(context, finish));
  program.addCommand(signProofCommand(context, finish));
  program.addCommand(discoverCommand(context, finish));
  program.addCommand(mcpCommand(context, finish));
  program.addCommand(skillCommand(context, finish));
  program.addCommand(completionsCommand(context, finish));
  program.addCommand(versionCommand(context, finish));
  helpAlike(program, ["run", "ssh"]);
  quieten(program, context);
  return program;
}

/** Commander neither exits nor prints errors itself: both happen in one place, with our voice. */
function quieten(command: Command, context: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.terminal.data(text.trimEnd()),
    writeErr: (text) => context.terminal.note(text.trimEnd()),
    outputError: () => {},
  });
  for (const child of command.commands) quieten(child as Command, context);
}

function endOfParsing(
  error: CommanderError,
  words: readonly string[],
  json: boolean,
  context: CliContext,
): number {
  if (error.exitCode === 0) return EXIT.ok;
  // A group without a command prints its help as an error.
  if (error.code === "commander.help") return EXIT.usage;
  const message = error.message.replace(/^error: /, "").replaceAll("\n", " ").replace(/\.$/, "");
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return reportUsage(sentence, words, context.terminal, json);
}

/** The words that name a command, for "See cortex … --help"; anything else that was typed is not repeated. */
function commandWords(program: Command, args: readonly string[]): string[] {
  const [word, ...rest] = args;
  const child = program.commands.find((command) => command.name() === word);
  return child === undefined ? [] : [child.name(), ...commandWords(child as Command, rest)];
}
