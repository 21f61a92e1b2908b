/**
 * `cortex run`: the program with its keys, as if run directly. What this file imports is what each run pays at its
 * start, so that everything for failures, waiting and help is loaded when it is needed.
 */

import { cortexHome } from "../../shared/client/home.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import {
  type ExecRequest,
  type Exited,
  PROTOCOL_VERSION,
  type Started,
} from "../../shared/socket/messages.ts";
import type { CliContext } from "../context.ts";
import { type WantedNames, wantedNames } from "../env_file.ts";
import { endAs } from "../run/end_as.ts";
import { ExecSession } from "../run/exec_session.ts";
import { currentDirectory } from "../run/meant_command.ts";
import { parseRunArgs, type RunOptions, type RunVerb } from "../run/options.ts";
import { chooseStreams, type RunStreams } from "../run/streams.ts";

/** Runs the words after `cortex run` or `cortex ssh`; returns the exit code. */
export async function runCommand(
  verb: RunVerb,
  args: readonly string[],
  context: CliContext,
): Promise<number> {
  const parsed = parseRunArgs(verb, args, context.env);
  if (parsed.kind === "run") return await runOrReport(parsed.options, context);
  if (parsed.kind === "help") {
    const { RUN_HELP, SSH_HELP } = await import("./run_help.ts");
    context.terminal.data(verb === "ssh" ? SSH_HELP : RUN_HELP);
    return EXIT.ok;
  }
  const { reportUsage } = await import("../failure.ts");
  return reportUsage(parsed.message, [verb], context.terminal, parsed.json);
}

/** Runs it as it is said, and tells why not where it cannot; returns the exit code. */
export async function runOrReport(options: RunOptions, context: CliContext): Promise<number> {
  try {
    return await run(options, context);
  } catch (error) {
    const { reportRunFailure } = await import("../run/failure.ts");
    return await reportRunFailure(error, options, context);
  }
}

/** A run for logins or for a template gets values only where a file names some. */
const NO_VALUES: WantedNames = { kind: "named", names: [], file: "" };

async function run(options: RunOptions, context: CliContext): Promise<number> {
  if (options.mode === "dry_run") {
    const { dryRun } = await import("../explain/explain.ts");
    return await dryRun(options, context);
  }
  if (options.mode === "request") {
    const { requestCommand } = await import("../run/request.ts");
    const code = await requestCommand(options, context);
    if (code !== undefined) return code;
  }
  return await execute(options, context);
}

async function execute(options: RunOptions, context: CliContext): Promise<number> {
  const socket = options.socket ?? cortexHome(context.env).socket;
  const wanted = (options.verb === "ssh" || options.template !== undefined) && options.envFile === undefined
    ? NO_VALUES
    : wantedNames(options.envFile);
  const streams = await chooseStreams(options.tty);
  const attempt = () =>
    streams.use(
      ExecSession.run(socket, buildRequest(options, wanted, streams), {
        ...streams,
        onStarted: (started, session) => {
          sayUndelivered(started, options, wanted, context);
          sayFiles(started, options, context);
          sayUnredacted(started, options, context);
          streams.onStarted(session);
        },
      }),
    );
  if (options.url !== undefined) {
    const { requireServer } = await import("../run/require_server.ts");
    await requireServer(socket, options.url);
  }
  try {
    return await endAs(await attempt());
  } catch (error) {
    return await tryOtherwise(error, socket, attempt, options, context);
  }
}

/** Waits for an approval where that is wished; speaks the predecessor's protocol to its daemon. */
async function tryOtherwise(
  error: unknown,
  socket: string,
  attempt: () => Promise<Exited>,
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  if (!(error instanceof VaultError)) throw error;
  if (error.code === "grant.pending" && options.wait !== undefined) {
    const { runWhenApproved } = await import("../run/wait.ts");
    return await endAs(
      await runWhenApproved(error, attempt, { ...options, socket, wait: options.wait }, context),
    );
  }
  if (error.details?.legacy === true && options.template === undefined) {
    const { legacyRun } = await import("../run/legacy.ts");
    return await legacyRun(socket, options, context);
  }
  throw error;
}

function buildRequest(options: RunOptions, wanted: WantedNames, streams: RunStreams): ExecRequest {
  return {
    cmd: "exec",
    v: PROTOCOL_VERSION,
    project: options.project,
    program: options.program,
    args: options.args,
    cwd: currentDirectory(),
    env: Object.entries(Deno.env.toObject()),
    names: wanted.kind === "named" ? wanted.names : null,
    ...streams.request(),
    ...(options.verb === "ssh" ? { ssh: true } : {}),
    ...(options.unredacted ? { unredacted: true } : {}),
    ...(options.template === undefined ? {} : { template: options.template }),
  };
}

/** C2, C4: a program that starts without what it asked for must not do so silently. */
function sayUndelivered(
  started: Started,
  options: RunOptions,
  wanted: WantedNames,
  { terminal }: CliContext,
): void {
  const { delivered, unmatched, reasons } = started;
  if (unmatched.length === 0 && (delivered.length > 0 || wanted.kind === "named")) return;
  const missing = unmatched.filter((name) => UNDELIVERABLE[reasons[name] ?? ""] === undefined);
  // A program that named nothing and got something misses nothing of what goes to no program.
  if (missing.length === 0 && wanted.kind !== "named" && delivered.length > 0) return;
  if (options.json) {
    return terminal.note(JSON.stringify({ event: "undelivered", delivered, unmatched, reasons }));
  }
  const wordsOf = (name: string) => UNDELIVERABLE[reasons[name] ?? ""] ?? KEPT_BACK[reasons[name] ?? ""];
  for (const name of wanted.kind === "named" || missing.length === 0 ? unmatched : missing) {
    const words = wordsOf(name);
    if (words !== undefined) terminal.warn(`${name} ${words}; the program runs without`);
  }
  const unknown = missing.filter((name) => wordsOf(name) === undefined);
  if (unknown.length === 0 && unmatched.length > 0) return;
  const what = unmatched.length === 0 ? "nothing is granted" : `no grant for ${shorten(unknown)}`;
  const from = wanted.kind === "named" ? ` (named in ${wanted.file})` : "";
  terminal.warn(
    `${what}${from} in project ${options.project}; an admin can grant it, and the program runs without`,
  );
}

/** What is granted and does not go to this program. */
const UNDELIVERABLE: Partial<Record<string, string>> = {
  command_bound: "goes to approved commands only, and this is none: ask with cortex run --request",
  delivery_never: "is never given to a program: the vault signs with it, see cortex sign",
  delivery_template: "goes into templates only, see cortex template render",
  ssh_key: "is an SSH key, which logs in by cortex ssh and goes to no program",
  template: "is a template, see cortex template render",
};

/** What is granted, and a person or a policy keeps from this agent. */
const KEPT_BACK: Partial<Record<string, string>> = {
  denied: "was denied by an admin",
  not_approved: "was left out when an admin approved the rest",
  denied_by_policy: "is kept from this agent by a policy",
  approval_removed: "has no approval any more",
};

/** A program that looks for the variable must learn where the value is instead. */
function sayFiles({ files }: Started, options: RunOptions, { terminal }: CliContext): void {
  if (files.length === 0) return;
  if (options.json) return terminal.note(JSON.stringify({ event: "files", names: files }));
  terminal.note(`cortex: in files, at the paths in ${shorten(files.map((name) => `${name}_FILE`))}`);
}

/** A value that is not replaced in the output will be in the transcript when the program prints it. */
function sayUnredacted({ unredacted }: Started, options: RunOptions, { terminal }: CliContext): void {
  if (unredacted.length === 0) return;
  if (options.json) return terminal.note(JSON.stringify({ event: "unredacted", names: unredacted }));
  terminal.warn(`${shorten(unredacted)}: too short or too common to be replaced in the program's output`);
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(", ");
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}
