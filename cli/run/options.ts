/**
 * The options of `cortex run`, read without a library: they are few, and this is the way in whose start-up counts.
 * Reading stops at `--` or at the first word that is no option: from there on everything is the program's.
 */

import type { ReadEnv } from "../../shared/client/home.ts";

/** With values, or with logins by SSH keys. */
export type RunVerb = "run" | "ssh";

export interface RunOptions {
  readonly verb: RunVerb;
  readonly project: string;
  readonly envFile: string | undefined;
  readonly socket: string | undefined;
  readonly url: string | undefined;
  /** Seconds; undefined for not waiting. */
  readonly wait: number | undefined;
  readonly json: boolean;
  /** Whether the program gets a terminal: when ours is one, always, or never. */
  readonly tty: "auto" | "always" | "never";
  readonly program: string;
  readonly args: readonly string[];
}

export type ParsedRun =
  | { readonly kind: "run"; readonly options: RunOptions }
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly message: string; readonly json: boolean };

const DEFAULT_WAIT_SECONDS = 3_600;
const WITH_VALUE: ReadonlySet<string> = new Set(["--project", "--env-file", "--sock", "--url"]);

/** What was typed before the program's name. */
class Words {
  readonly values = new Map<string, string>();
  wait: number | undefined;
  json = false;
  tty: RunOptions["tty"] = "auto";
  help = false;
  problem: string | undefined;
  #at = 0;

  constructor(readonly args: readonly string[]) {
    while (this.problem === undefined && this.#takeOption());
  }

  /** The program and its arguments. */
  get command(): readonly string[] {
    return this.args.slice(this.#at);
  }

  /** False at the end of the options. */
  #takeOption(): boolean {
    const word = this.args[this.#at];
    if (word === undefined || !word.startsWith("-") || word === "-") return false;
    this.#at++;
    if (word === "--") return false;
    const [name = "", inline] = splitOnce(word);
    if (WITH_VALUE.has(name)) this.#takeValue(name, inline);
    else if (name === "--wait") this.#takeWait(inline);
    else if (word === "--json") this.json = true;
    else if (word === "--tty" || word === "-t") this.tty = "always";
    else if (word === "--no-tty" || word === "-T") this.tty = "never";
    else if (word === "--help" || word === "-h") this.help = true;
    else this.problem = `Unknown option ${name}; options of the program come after its name`;
    return true;
  }

  #takeValue(name: string, inline: string | undefined): void {
    const value = inline ?? this.args[this.#at++];
    if (value === undefined || value === "") this.problem = `The option ${name} needs a value`;
    else if (this.values.has(name)) this.problem = `The option ${name} is given twice`;
    else this.values.set(name, value);
  }

  #takeWait(inline: string | undefined): void {
    const next = this.args[this.#at];
    const text = inline ?? (next !== undefined && /^\d+$/.test(next) ? this.args[this.#at++] : undefined);
    if (text === undefined) this.wait = DEFAULT_WAIT_SECONDS;
    else if (/^\d{1,7}$/.test(text)) this.wait = Number(text);
    else this.problem = "The option --wait takes whole seconds, as in --wait=600";
  }
}

/** Reads the words after `cortex run` or `cortex ssh`. */
export function parseRunArgs(verb: RunVerb, args: readonly string[], env: ReadEnv): ParsedRun {
  const words = new Words(args);
  if (words.help) return { kind: "help" };
  const value = (option: string, variable: string) => words.values.get(option) ?? env(variable);
  const [program, ...rest] = words.command;
  const project = value("--project", "CORTEX_PROJECT");
  const problem = words.problem ?? missing(project, program);
  if (problem !== undefined || project === undefined || program === undefined) {
    return { kind: "usage", message: problem ?? "", json: words.json };
  }
  return {
    kind: "run",
    options: {
      verb,
      project,
      envFile: value("--env-file", "CORTEX_ENV_FILE"),
      socket: value("--sock", "CORTEX_DAEMON_SOCK"),
      url: value("--url", "CORTEX_URL"),
      wait: words.wait,
      json: words.json,
      tty: words.tty,
      program,
      args: rest,
    },
  };
}

function missing(project: string | undefined, program: string | undefined): string | undefined {
  if (project === undefined) return "No project is named; use --project NAME or set CORTEX_PROJECT";
  if (program === undefined || program === "") return "No program is named; put it after --";
  return undefined;
}

function splitOnce(word: string): readonly [string, string?] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}
