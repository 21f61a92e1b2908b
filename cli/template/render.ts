/** The ways of `cortex template render`: into a file that the daemon writes, or to a program that it starts. */

import * as z from "zod";
import { cortexHome } from "../../shared/client/home.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { parseProjectName } from "../../shared/names.ts";
import { PROTOCOL_VERSION, type TemplateOrder } from "../../shared/socket/messages.ts";
import { MAX_TEMPLATE_CHARACTERS } from "../../shared/template_limits.ts";
import { runOrReport } from "../commands/run.ts";
import type { CliContext } from "../context.ts";
import { askForAnswer } from "../daemon_answer.ts";
import { reportRunFailure } from "../run/failure.ts";
import { currentDirectory } from "../run/meant_command.ts";
import { waitOf, wrongUsage } from "../sign/ask.ts";

export interface RenderOptions {
  readonly project: string;
  readonly template?: string | undefined;
  readonly file?: string | undefined;
  readonly out?: string | undefined;
  readonly force?: true | undefined;
  readonly run?: true | undefined;
  /** Undefined where neither `--tty` nor `--no-tty` is given. */
  readonly tty?: boolean | undefined;
  readonly wait?: string | true | undefined;
  readonly sock?: string | undefined;
  readonly json?: true | undefined;
}

const Written = z.object({ ok: z.literal(true), bytes: z.number(), names: z.array(z.string()) });
type Written = z.infer<typeof Written>;

/** @throws VaultError, CommanderError */
export async function renderTemplate(
  words: readonly string[],
  options: RenderOptions,
  context: CliContext,
): Promise<number> {
  const { out, run, force } = options;
  if ((out === undefined) === (run === undefined)) {
    throw wrongUsage("Say where it goes: either --out PATH or --run -- COMMAND");
  }
  const template = await templateOf(options);
  if (out === undefined) {
    if (force) throw wrongUsage("The option --force belongs to --out");
    return await renderForProgram(words, template, options, context);
  }
  if (words.length > 0) throw wrongUsage("A program is run with --run, not with --out");
  return await renderToFile(out, template, options, context);
}

async function renderToFile(
  out: string,
  template: TemplateOrder,
  options: RenderOptions,
  context: CliContext,
): Promise<number> {
  const socket = options.sock ?? cortexHome(context.env).socket;
  const wait = waitOf(options.wait);
  const json = options.json === true;
  const cwd = currentDirectory();
  const line = {
    cmd: "template",
    v: PROTOCOL_VERSION,
    project: parseProjectName(options.project),
    template,
    cwd,
    here: true,
    out: below(cwd, out),
    force: options.force === true,
  };
  const attempt = () => askForAnswer(socket, line, Written);
  try {
    sayWritten(await attempt(), out, options, context);
  } catch (error) {
    const pending = error instanceof VaultError && error.code === "grant.pending";
    if (!pending || wait === undefined) return await reportRunFailure(error, { socket, json }, context);
    const { runWhenApproved } = await import("../run/wait.ts");
    sayWritten(await runWhenApproved(error, attempt, { socket, wait, json }, context), out, options, context);
  }
  return EXIT.ok;
}

async function renderForProgram(
  words: readonly string[],
  template: TemplateOrder,
  options: RenderOptions,
  context: CliContext,
): Promise<number> {
  const [program, ...args] = words;
  if (program === undefined) throw wrongUsage("No program is named; put it after --");
  return await runOrReport({
    verb: "run",
    project: options.project,
    envFile: undefined,
    socket: options.sock,
    url: undefined,
    wait: waitOf(options.wait),
    json: options.json === true,
    tty: options.tty === undefined ? "auto" : options.tty ? "always" : "never",
    mode: "run",
    unredacted: false,
    request: {
      uses: null,
      seconds: 0,
      patterns: false,
      commit: false,
      environment: [],
      anyCommand: false,
      note: null,
    },
    program,
    args,
    template,
  }, context);
}

/** @throws VaultError `request.invalid` for a file that is none, or too large */
async function templateOf({ template, file }: RenderOptions): Promise<TemplateOrder> {
  if ((template === undefined) === (file === undefined)) {
    throw wrongUsage("Say which template: either --template NAME or --file PATH");
  }
  if (file === undefined) return { name: template ?? "" };
  const text = await readText(file);
  if (text.length <= MAX_TEMPLATE_CHARACTERS) return { text };
  throw new VaultError(
    "request.invalid",
    `The template is longer than ${MAX_TEMPLATE_CHARACTERS} characters; split it, or have it stored in the vault`,
  );
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(file));
  } catch (cause) {
    throw new VaultError("request.invalid", "The template's file cannot be read, or is not UTF-8", { cause });
  }
}

/** An absolute path below the current directory is taken as one from there; any other is the daemon's to refuse. */
function below(cwd: string, path: string): string {
  const start = cwd.endsWith("/") ? cwd : `${cwd}/`;
  return path.startsWith(start) ? path.slice(start.length) : path;
}

function sayWritten(
  { bytes, names }: Written,
  path: string,
  { json }: RenderOptions,
  context: CliContext,
): void {
  if (json) return context.terminal.json({ path, bytes, names });
  const what = names.length === 0 ? "no value" : names.join(", ");
  context.terminal.note(`wrote ${path}: ${bytes} bytes, with ${what}`);
}
