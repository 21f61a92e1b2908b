/**
 * Project tokens: in memory only, each for one server, agent and project (lessons B25, C7).
 *
 * - Runs that need a discover at the same moment share one (lesson A5: two first runs must not race into a 409).
 * - A token remembers what it was asked for; a run that wants more asks anew (lesson A6). That an admin has granted more
 *   since is said by the server at each read, see `release.ts`.
 * - A 409 means that an active token of ours was lost or is another host's: asked again with `regenerate_token`.
 */

import { type Instant, MINUTE } from "../shared/clock.ts";
import { VaultError } from "../shared/errors.ts";
import type { CallerFacts } from "./caller_headers.ts";
import type { Login } from "./login.ts";
import type { DiscoverAnswer } from "./server_answers.ts";
import type { ServerCalls, Wanted } from "./server_calls.ts";
import type { SessionKeeper } from "./session.ts";
import type { Timers } from "./timers.ts";

export interface ProjectToken {
  readonly token: string;
  readonly expiresAt: Instant;
  readonly wanted: Wanted;
  /** Names that it covers; none where the server does not say. */
  readonly mapped: readonly string[];
  readonly unmatched: readonly string[];
}

export interface ProjectDeps {
  readonly calls: ServerCalls;
  readonly sessions: SessionKeeper;
  readonly timers: Timers;
}

export interface KnownProject {
  readonly project: string;
  readonly expiresAt: Instant;
}

/** A token that ends within this time counts as ended (section 4.3). */
const EARLY = MINUTE;

export class ProjectTokens {
  readonly #deps: ProjectDeps;
  readonly #tokens = new Map<string, ProjectToken>();
  readonly #asking = new Map<string, { readonly flight: string; readonly asked: Promise<ProjectToken> }>();

  constructor(deps: ProjectDeps) {
    this.#deps = deps;
  }

  /** A token that covers what is wanted. @throws VaultError */
  async obtain(project: string, wanted: Wanted, caller: CallerFacts): Promise<ProjectToken> {
    const { login } = await this.#deps.sessions.current();
    const key = tokenKey(login, project);
    const flight = JSON.stringify(wanted);
    for (;;) {
      const known = this.#tokens.get(key);
      if (known !== undefined && this.#serves(known, wanted)) return known;
      const going = this.#asking.get(key);
      if (going === undefined) {
        return await this.#take(key, flight, { project, wanted: wider(known, wanted), caller });
      }
      // The same question has the same answer; another one may answer ours too.
      if (going.flight === flight) return await going.asked;
      await going.asked.catch(() => {});
    }
  }

  /** Asks for keys for any command, whatever was approved for single ones. @throws VaultError `grant.pending`, `grant.denied` */
  async askForAnyCommand(project: string, wanted: Wanted, caller: CallerFacts): Promise<ProjectToken> {
    const { login } = await this.#deps.sessions.current();
    const key = tokenKey(login, project);
    await this.#asking.get(key)?.asked.catch(() => {});
    const question = { project, wanted, caller, anyCommand: true };
    return await this.#take(key, JSON.stringify({ ...wanted, anyCommand: true }), question);
  }

  /** The token is refused, or lacks something; a newer one that came in between stays. */
  drop(login: Login, project: string, refused: ProjectToken): void {
    const key = tokenKey(login, project);
    if (this.#tokens.get(key) === refused) this.#tokens.delete(key);
  }

  /** Of one login, for `status`. */
  known(login: Login | undefined): KnownProject[] {
    if (login === undefined) return [];
    const start = tokenKey(login, "");
    return [...this.#tokens].filter(([key]) => key.startsWith(start)).map(([key, { expiresAt }]) => ({
      project: key.slice(start.length),
      expiresAt,
    }));
  }

  /** Forgets all of them. */
  close(): void {
    this.#tokens.clear();
  }

  /** One that was asked for everything serves those names that it got: a signature between two runs takes no token away. */
  #serves({ expiresAt, wanted, mapped }: ProjectToken, { names, sshKeys }: Wanted): boolean {
    if (expiresAt - EARLY <= this.#deps.timers.now()) return false;
    if (sshKeys && !wanted.sshKeys) return false;
    if (names === null) return wanted.names === null;
    const had = wanted.names ?? mapped;
    return names.every((name) => had.includes(name));
  }

  async #take(key: string, flight: string, question: Question): Promise<ProjectToken> {
    const asked = this.#ask(key, question).finally(() => this.#asking.delete(key));
    this.#asking.set(key, { flight, asked });
    return await asked;
  }

  async #ask(key: string, question: Question): Promise<ProjectToken> {
    const answer = await this.#discover(question, this.#tokens.has(key));
    const { token, expiresAt, mapped = [], unmatched } = answer;
    const fresh = {
      token,
      expiresAt,
      mapped,
      unmatched,
      wanted: question.wanted,
    };
    this.#tokens.set(key, fresh);
    return fresh;
  }

  /** With a token of ours at hand the answer would be 409, so the round trip is saved. */
  async #discover(
    { project, wanted, ...question }: Question,
    hasToken: boolean,
  ): Promise<DiscoverAnswer> {
    const { calls } = this.#deps;
    if (hasToken) return await calls.discover(project, wanted, { ...question, regenerate: true });
    try {
      return await calls.discover(project, wanted, { ...question, regenerate: false });
    } catch (error) {
      if (!isTokenActive(error)) throw error;
      return await calls.discover(project, wanted, { ...question, regenerate: true });
    }
  }
}

interface Question {
  readonly project: string;
  readonly wanted: Wanted;
  readonly caller: CallerFacts;
  readonly anyCommand?: boolean | undefined;
}

/**
 * Two directories that run one project with different names would take each other's token away at every turn: so the
 * next token is asked for what both got. What is delivered to a run is still only what that run asked for.
 */
function wider(known: ProjectToken | undefined, { names, sshKeys }: Wanted): Wanted {
  if (known === undefined) return { names, sshKeys };
  const both = sshKeys || known.wanted.sshKeys;
  if (names === null || known.wanted.names === null) return { names, sshKeys: both };
  const had = known.wanted.names.filter((name) => !known.unmatched.includes(name));
  return { names: [...new Set([...had, ...names])].sort(), sshKeys: both };
}

/** A 409: by name of our server, bare of the predecessor's. */
function isTokenActive(error: unknown): boolean {
  return error instanceof VaultError &&
    (error.code === "project.token_active" || error.details?.["http_status"] === 409);
}

/** None of the parts can hold a line feed. */
function tokenKey(login: Login, project: string): string {
  return `${login.serverUrl}\n${login.agentId}\n${project}`;
}
