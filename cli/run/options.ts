/**
 * The options of `cortex run`, read without a library: they are few, and this is the way in whose start-up counts.
 * Reading stops at `--` or at the first word that is no option: from there on everything is the program's.
 */

import { parseDuration } from "../duration.ts";
import type { ReadEnv } from "../../shared/client/home.ts";
import type { TemplateOrder } from "../../shared/socket/messages.ts";

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
  /** Runs it, only says what it would get, or asks a person for exactly it. */
  readonly mode: "run" | "dry_run" | "request";
  readonly request: RequestTerms;
  /** The output is to come through as it is. */
  readonly unredacted: boolean;
  readonly program: string;
  readonly args: readonly string[];
  /** The program gets this as a file, and nothing else; `cortex template render --run`. */
  readonly template?: TemplateOrder | undefined;
}

/** What `--request` asks for. */
export interface RequestTerms {
  /** Null for as often as wanted. */
  readonly uses: number | null;
  /** Seconds after the approval. */
  readonly seconds: number;
  /** The arguments are patterns. */
  readonly patterns: boolean;
  /** The repository's commit counts too. */
  readonly commit: boolean;
  /** Names of variables that the command keeps beside the ordinary ones. */
  readonly environment: readonly string[];
  /** For any command instead of this one. */
  readonly anyCommand: boolean;
  readonly note: string | null;
}

export type ParsedRun =
  | { readonly kind: "run"; readonly options: RunOptions }
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly message: string; readonly json: boolean };

const DEFAULT_WAIT_SECONDS = 3_600;
const DEFAULT_REQUEST_SECONDS = 86_400;
const WITH_VALUE: ReadonlySet<string> = new Set([
  "--project",
  "--env-file",
  "--sock",
  "--url",
  "--uses",
  "--for",
  "--note",
  "--keep-env",
]);
/** Options that say more about a request. */
const OF_ONE_COMMAND = ["--uses", "--for", "--note", "--patterns", "--commit", "--keep-env"] as const;
const OF_REQUESTS = [...OF_ONE_COMMAND, "--any-command"] as const;
const FLAGS: ReadonlySet<string> = new Set([
  "--dry-run",
  "--request",
  "--patterns",
  "--commit",
  "--any-command",
  "--no-redact",
]);

/** What was typed before the program's name. */
class Words {
  readonly values = new Map<string, string>();
  readonly flags = new Set<string>();
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
    else if (FLAGS.has(word)) this.flags.add(word);
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
  const request = requestTerms(words);
  const problem = words.problem ?? wrongMode(verb, words) ?? request.problem ?? missing(project, program);
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
      mode: words.flags.has("--dry-run") ? "dry_run" : words.flags.has("--request") ? "request" : "run",
      request: request.terms,
      unredacted: words.flags.has("--no-redact"),
      program,
      args: rest,
    },
  };
}

function wrongMode(verb: RunVerb, { flags, values }: Words): string | undefined {
  const asks = flags.has("--request");
  if (verb === "ssh" && (asks || flags.has("--dry-run"))) return "cortex ssh neither asks nor dry-runs";
  if (asks && flags.has("--dry-run")) return "Give --request or --dry-run, not both";
  if (flags.has("--no-redact") && (verb === "ssh" || asks)) {
    return "The option --no-redact belongs to a run; an admin's policy has to allow it";
  }
  const narrow = OF_ONE_COMMAND.find((name) => flags.has(name) || values.has(name));
  if (flags.has("--any-command") && narrow !== undefined) {
    return `Give --any-command or ${narrow}, not both: it is about one command`;
  }
  const stray = asks ? undefined : OF_REQUESTS.find((name) => flags.has(name) || values.has(name));
  return stray === undefined ? undefined : `The option ${stray} belongs to --request`;
}

function requestTerms({ flags, values }: Words): { readonly terms: RequestTerms; readonly problem?: string } {
  const [uses, life] = [values.get("--uses"), values.get("--for")];
  const seconds = life === undefined ? DEFAULT_REQUEST_SECONDS : parseDuration(life);
  const terms = {
    uses: uses === undefined ? null : Number(uses),
    seconds: seconds ?? DEFAULT_REQUEST_SECONDS,
    patterns: flags.has("--patterns"),
    commit: flags.has("--commit"),
    anyCommand: flags.has("--any-command"),
    environment: (values.get("--keep-env") ?? "").split(",").filter((name) => name !== ""),
    note: values.get("--note") ?? null,
  };
  if (uses !== undefined && !/^[1-9]\d{0,5}$/.test(uses)) {
    return { terms, problem: "The option --uses takes a whole number from 1" };
  }
  if (seconds === undefined) {
    return { terms, problem: "The option --for takes a time such as 30m, 12h or 7d" };
  }
  return { terms };
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
