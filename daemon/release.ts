/**
 * From names to values: token, then the release of the run, once more with a fresh token where the server says that it would
 * bring a name that this run wants and the token lacks.
 *
 * Honest limit: the answer is JSON, and `JSON.parse` makes JavaScript strings, which cannot be wiped; they live until
 * the collector takes them. What is kept on is bytes, and those are wiped.
 */

import { commandDigest } from "../shared/command/binding.ts";
import { fromBase64 } from "../shared/encoding.ts";
import { isEnvName } from "../shared/names.ts";
import { SecretValue } from "../shared/secret_value.ts";
import { VaultError } from "../shared/errors.ts";
import type { CallerFacts } from "./caller_headers.ts";
import type { Command, ObservedCommand } from "./command/command.ts";
import type { AnsweredValue, RunAnswer } from "./run_answer.ts";
import type { SecretsAnswer } from "./server_answers.ts";
import type { ServerCalls, WantedNames } from "./server_calls.ts";
import { type TokenUseDeps, useToken } from "./token_use.ts";

export interface Release extends Disposable {
  /** What goes into the environment. */
  readonly values: ReadonlyMap<string, SecretValue>;
  /** What goes into a file that only the program has. */
  readonly files: ReadonlyMap<string, FileValue>;
  /** Names that were asked for, or are granted, and brought no value. */
  readonly unmatched: readonly string[];
  /** Why not, of those that are granted. */
  readonly reasons: ReadonlyMap<string, string>;
  /** The one command that some value is for; undefined where they are for any. */
  readonly bound: BoundCommand | undefined;
  /** Whether the values have to be replaced in the program's output. */
  readonly redact: boolean;
}

export interface FileValue {
  readonly value: SecretValue;
  readonly readOnce: boolean;
}

/** A command as it was approved: what was looked at is what has to be executed. */
export interface BoundCommand {
  readonly command: ObservedCommand;
  /** The `PATH` that the approver saw. */
  readonly searchPath: string;
  /** Names of the caller's own variables that the approver saw. */
  readonly environment: readonly string[];
}

export interface ReleaseDeps extends TokenUseDeps {
  readonly calls: ServerCalls;
}

/** Whose values, for which command. */
export interface ReleaseOrder {
  readonly project: string;
  readonly names: WantedNames;
  readonly caller: CallerFacts;
  readonly command: Command;
  /** The output is to come through as it is. */
  readonly unredacted: boolean;
}

/** The values of a project for one run. The caller disposes of them. @throws VaultError */
export async function releaseValues(deps: ReleaseDeps, order: ReleaseOrder): Promise<Release> {
  const { project, names, caller } = order;
  // A name that no environment can hold matches nothing, and must not become a second line of the question.
  const askable = names === null ? null : [...new Set(names)].filter(isEnvName).sort();
  const need = { project, wanted: { names: askable, sshKeys: false }, caller };
  const answer = await useToken(deps, need, {
    call: (token, asks_again) => askFor(deps, token, { ...order, names: askable, asks_again }),
    wantsAnother: (first) => bringsMore(first, askable),
  });
  // What the server did not allow is not done, and neither is what nobody asked for.
  const redact = answer.redact || !order.unredacted;
  return toRelease({ ...answer, redact }, await boundCommand(answer, order.command), names);
}

/** The predecessor's server knows neither commands nor deliveries. */
async function askFor(
  { calls }: ReleaseDeps,
  token: string,
  { project, caller, command, ...order }: ReleaseOrder & { readonly asks_again: boolean },
): Promise<RunAnswer> {
  const { names, unredacted, asks_again } = order;
  const decides = await calls.decidesRuns();
  if (unredacted && !decides) throw unredactedRefused();
  if (!decides) return asVariables(await calls.secrets(project, token, caller));
  try {
    return await calls.runRelease(project, token, caller, { names, command: null, unredacted, asks_again });
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "command.facts_needed") throw error;
  }
  const { facts } = await command.observe();
  return await calls.runRelease(project, token, caller, { names, command: facts, unredacted, asks_again });
}

function asVariables({ values, withheld, moreGranted }: SecretsAnswer): RunAnswer {
  return {
    values: new Map(
      [...values].map((
        [name, value],
      ) => [name, { value, isBase64: false, delivery: "env", readOnce: false }]),
    ),
    withheld: withheld.map((name) => ({ name, reason: "withheld" })),
    moreGranted,
    commandSha256: undefined,
    searchPath: undefined,
    environment: [],
    redact: true,
  };
}

function unredactedRefused(): VaultError {
  return new VaultError(
    "run.unredacted_refused",
    "This server decides about no output; run it without --no-redact",
  );
}

/** Lesson A6: what an admin granted since the token was issued reaches the next run. */
function bringsMore({ moreGranted, values }: RunAnswer, names: WantedNames): boolean {
  if (names === null) return moreGranted.length > 0;
  return names.some((name) => !values.has(name) && moreGranted.includes(name.toUpperCase()));
}

/** The decision has to be about the very command that was looked at. @throws VaultError `server.untrusted` */
async function boundCommand(answer: RunAnswer, command: Command): Promise<BoundCommand | undefined> {
  const { commandSha256, searchPath, environment } = answer;
  if (commandSha256 === undefined) return undefined;
  const observed = await command.observe();
  if (commandDigest(observed.facts) === commandSha256 && searchPath !== undefined) {
    return { command: observed, searchPath, environment };
  }
  throw new VaultError(
    "server.untrusted",
    "The server decided about another command than the one that was asked",
  );
}

/** No value at all. */
export function emptyRelease(): Release {
  return {
    values: new Map(),
    files: new Map(),
    unmatched: [],
    reasons: new Map(),
    bound: undefined,
    redact: true,
    [Symbol.dispose]: () => {},
  };
}

function toRelease(answer: RunAnswer, bound: BoundCommand | undefined, names: WantedNames): Release {
  const values = new Map<string, SecretValue>();
  const files = new Map<string, FileValue>();
  for (const [name, answered] of answer.values) {
    if (names !== null && !names.includes(name)) continue;
    if (answered.delivery === "file") files.set(name, toFile(answered));
    else values.set(name, toVariable(answered.value));
  }
  const missing = (names ?? answer.withheld.map(({ name }) => name)).filter((name) =>
    !values.has(name) && !files.has(name)
  );
  return {
    values,
    files,
    bound,
    redact: answer.redact,
    unmatched: [...new Set(missing)],
    reasons: new Map(answer.withheld.map(({ name, reason }) => [name, reason])),
    [Symbol.dispose]: () => {
      values.forEach((value) => value.wipe());
      files.forEach(({ value }) => value.wipe());
    },
  };
}

/** A file has the bytes that were stored; only a variable needs them as text. */
function toFile({ value, isBase64, readOnce }: AnsweredValue): FileValue {
  const bytes = isBase64 ? fromBase64(value) : undefined;
  return { value: bytes === undefined ? SecretValue.fromText(value) : new SecretValue(bytes), readOnce };
}

function toVariable(text: string): SecretValue {
  if (!text.includes("\0")) return SecretValue.fromText(text);
  throw new VaultError(
    "child.spawn_failed",
    "A value holds a NUL byte, which no environment can carry; store it as base64, or deliver it as a file",
  );
}
