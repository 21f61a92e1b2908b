/**
 * From names to values: token, then secrets, once more with a fresh token where the server took the first one back, or
 * says that a fresh one would bring a name that this run wants and the token lacks.
 *
 * Honest limit: the answer is JSON, and `JSON.parse` makes JavaScript strings, which cannot be wiped; they live until
 * the collector takes them. What is kept on is bytes, and those are wiped.
 */

import { isEnvName } from "../shared/names.ts";
import { SecretValue } from "../shared/secret_value.ts";
import { VaultError } from "../shared/errors.ts";
import type { CallerFacts } from "./caller_headers.ts";
import type { ProjectTokens } from "./projects.ts";
import type { SecretsAnswer, ServerCalls, WantedNames } from "./server_calls.ts";
import type { SessionKeeper } from "./session.ts";

export interface Release extends Disposable {
  readonly values: ReadonlyMap<string, SecretValue>;
  /** Names that were asked for, or are granted, and brought no value. */
  readonly unmatched: readonly string[];
}

export interface ReleaseDeps {
  readonly sessions: SessionKeeper;
  readonly projects: ProjectTokens;
  readonly calls: ServerCalls;
}

/** Other runs may replace the token while this one uses it: more than one try, but not for ever. */
const MAX_TRIES = 3;

/** The values of a project for one run. The caller disposes of them. @throws VaultError */
export async function releaseValues(
  deps: ReleaseDeps,
  project: string,
  names: WantedNames,
  caller: CallerFacts,
): Promise<Release> {
  // A name that no environment can hold matches nothing, and must not become a second line of the question.
  const askable = names === null ? null : [...new Set(names)].filter(isEnvName).sort();
  for (let tries = 1;; tries++) {
    const { login } = await deps.sessions.current();
    const token = await deps.projects.obtain(project, askable, caller);
    try {
      const answer = await deps.calls.secrets(project, token.token, caller);
      if (tries > 1 || !bringsMore(answer, askable)) return toRelease(answer, names);
      deps.projects.drop(login, project, token);
    } catch (error) {
      if (!isTokenRefused(error) || tries === MAX_TRIES) throw error;
      deps.projects.drop(login, project, token);
    }
  }
}

/** Lesson A6: what an admin granted since the token was issued reaches the next run. */
function bringsMore({ moreGranted, values }: SecretsAnswer, names: WantedNames): boolean {
  if (names === null) return moreGranted.length > 0;
  return names.some((name) => !values.has(name) && moreGranted.includes(name.toUpperCase()));
}

/** Any 401 but one about the attestation: the token is not good, whatever the server calls it. */
function isTokenRefused(error: unknown): boolean {
  return error instanceof VaultError && (error.code.startsWith("token.") || error.code === "auth.invalid");
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
