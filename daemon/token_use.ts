/**
 * One question to the server with a project's token, and once more with a fresh one where the server took the first one
 * back, or where the first answer shows that a fresh one would bring more.
 */

import { VaultError } from "../shared/errors.ts";
import type { CallerFacts } from "./caller_headers.ts";
import type { ProjectTokens } from "./projects.ts";
import type { Wanted } from "./server_calls.ts";
import type { SessionKeeper } from "./session.ts";

export interface TokenUseDeps {
  readonly sessions: SessionKeeper;
  readonly projects: ProjectTokens;
}

/** For which token, and for whom. */
export interface TokenNeed {
  readonly project: string;
  readonly wanted: Wanted;
  readonly caller: CallerFacts;
}

export interface TokenUse<Answer> {
  /** `mayAskAgain`: what `wantsAnother` says of the answer counts. */
  readonly call: (token: string, mayAskAgain: boolean) => Promise<Answer>;
  /** Asked of the first answer only. */
  readonly wantsAnother?: (answer: Answer) => boolean;
}

/** Other runs may replace the token while this one uses it: more than one try, but not for ever. */
const MAX_TRIES = 3;

/** @throws VaultError what the server says in the end */
export async function useToken<Answer>(
  { sessions, projects }: TokenUseDeps,
  { project, wanted, caller }: TokenNeed,
  { call, wantsAnother = () => false }: TokenUse<Answer>,
): Promise<Answer> {
  for (let tries = 1;; tries++) {
    const { login } = await sessions.current();
    const token = await projects.obtain(project, wanted, caller);
    try {
      const answer = await call(token.token, tries === 1);
      if (tries > 1 || !wantsAnother(answer)) return answer;
    } catch (error) {
      if (!isTokenRefused(error) || tries === MAX_TRIES) throw error;
    }
    projects.drop(login, project, token);
  }
}

/** Any 401 but one about the attestation: the token is not good, whatever the server calls it. */
function isTokenRefused(error: unknown): boolean {
  return error instanceof VaultError && (error.code.startsWith("token.") || error.code === "auth.invalid");
}
