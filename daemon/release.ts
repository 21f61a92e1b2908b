/**
 * From names to values: token, then secrets, once more with a fresh token where the server says that it would bring a
 * name that this run wants and the token lacks.
 *
 * Honest limit: the answer is JSON, and `JSON.parse` makes JavaScript strings, which cannot be wiped; they live until
 * the collector takes them. What is kept on is bytes, and those are wiped.
 */

import { isEnvName } from "../shared/names.ts";
import { SecretValue } from "../shared/secret_value.ts";
import { VaultError } from "../shared/errors.ts";
import type { CallerFacts } from "./caller_headers.ts";
import type { SecretsAnswer } from "./server_answers.ts";
import type { ServerCalls, WantedNames } from "./server_calls.ts";
import { type TokenUseDeps, useToken } from "./token_use.ts";

export interface Release extends Disposable {
  readonly values: ReadonlyMap<string, SecretValue>;
  /** Names that were asked for, or are granted, and brought no value. */
  readonly unmatched: readonly string[];
}

export interface ReleaseDeps extends TokenUseDeps {
  readonly calls: ServerCalls;
}

/** The values of a project for one run. The caller disposes of them. @throws VaultError */
export async function releaseValues(
  deps: ReleaseDeps,
  project: string,
  names: WantedNames,
  caller: CallerFacts,
): Promise<Release> {
  // A name that no environment can hold matches nothing, and must not become a second line of the question.
  const askable = names === null ? null : [...new Set(names)].filter(isEnvName).sort();
  const answer = await useToken(deps, { project, wanted: { names: askable, sshKeys: false }, caller }, {
    call: (token) => deps.calls.secrets(project, token, caller),
    wantsAnother: (first) => bringsMore(first, askable),
  });
  return toRelease(answer, names);
}

/** Lesson A6: what an admin granted since the token was issued reaches the next run. */
function bringsMore({ moreGranted, values }: SecretsAnswer, names: WantedNames): boolean {
  if (names === null) return moreGranted.length > 0;
  return names.some((name) => !values.has(name) && moreGranted.includes(name.toUpperCase()));
}

/** No value at all. */
export function emptyRelease(): Release {
  return { values: new Map(), unmatched: [], [Symbol.dispose]: () => {} };
}

function toRelease(answer: SecretsAnswer, names: WantedNames): Release {
  const values = new Map<string, SecretValue>();
  for (const [name, text] of answer.values) {
    if (names === null || names.includes(name)) values.set(name, toValue(text));
  }
  const missing = (names ?? answer.withheld).filter((name) => !values.has(name));
  return {
    values,
    unmatched: [...new Set(missing)],
    [Symbol.dispose]: () => values.forEach((value) => value.wipe()),
  };
}

function toValue(text: string): SecretValue {
  if (!text.includes("\0")) return SecretValue.fromText(text);
  throw new VaultError(
    "child.spawn_failed",
    "A value holds a NUL byte, which no environment can carry; store it as base64",
  );
}
