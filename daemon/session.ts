/**
 * The daemon's attested session: opened as soon as there is a login and a server, renewed at two thirds of its life,
 * opened again when the server ended it (lesson A4). All of it in memory.
 *
 * The daemon listens whether or not there is a session: a run asks {@linkcode SessionKeeper.current}, which tries at
 * once, and gets the reason where it fails. In between, tries are spaced by a back-off with jitter.
 */

import type { AllowedCaller } from "../shared/caller/allowed_callers.ts";
import { type Instant, MINUTE, SECOND } from "../shared/clock.ts";
import type { SigningKey } from "../shared/crypto/ed25519.ts";
import { VaultError } from "../shared/errors.ts";
import type { SessionState } from "../shared/socket/messages.ts";
import { attest, type DaemonFacts } from "./attest.ts";
import { BackOff, isPassing } from "./back_off.ts";
import { failureFields, type Log } from "./log.ts";
import type { Login, LoginChange, LoginSource } from "./login.ts";
import type { Timers } from "./timers.ts";

/** A session that the server knows, as far as we know. */
export interface AttestedSession {
  readonly login: Login;
  readonly sessionId: string;
  readonly key: SigningKey;
  readonly expiresAt: Instant;
  /** Fingerprint of the key that the server proved itself with; undefined for the predecessor's, which does not. */
  readonly provenBy: string | undefined;
  readonly openedAt: Instant;
  /** Programs that may act for the agent, as the server said at `openedAt`; empty for any. */
  readonly allowedCallers: readonly AllowedCaller[];
}

export interface SessionDeps {
  readonly logins: LoginSource;
  readonly facts: DaemonFacts;
  readonly timers: Timers;
  readonly log: Log;
  /** As `Math.random`. */
  readonly random: () => number;
}

export interface SessionView {
  readonly state: SessionState;
  readonly login: Login | undefined;
  readonly session: AttestedSession | undefined;
  readonly problem: VaultError | undefined;
}

/** When to look again after a refusal, which only a person can lift. */
const REFUSED_RETRY = 5 * MINUTE;
/** How often to look for a login where there is none. */
const LOGIN_RETRY = 10 * SECOND;

export class SessionKeeper {
  readonly #deps: SessionDeps;
  readonly #backOff: BackOff;
  #session: AttestedSession | undefined;
  #problem: VaultError | undefined;
  #opening: { readonly login: Login; readonly done: Promise<AttestedSession> } | undefined;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#backOff = new BackOff(deps.random);
  }

  /** Opens a session in the background, and keeps one from then on. */
  start(): void {
    void this.current().catch(() => {});
  }

  /** A session of the login of this moment. @throws VaultError why there is none */
  async current(): Promise<AttestedSession> {
    const login = this.#login();
    const session = this.#session;
    if (session?.login === login && session.expiresAt > this.#deps.timers.now()) return session;
    return await this.#open(login);
  }

  /** {@linkcode current}, attested anew where it is that old: with what the server says now. @throws VaultError */
  async fresh(maxAge: number): Promise<AttestedSession> {
    const session = await this.current();
    const age = this.#deps.timers.now() - session.openedAt;
    return age < maxAge ? session : await this.#open(session.login);
  }

  /** The server does not know this session any more. */
  invalidate(session: AttestedSession): void {
    if (this.#session === session) this.#session = undefined;
  }

  /** What `status` tells. Looks at the login file, not at the server. */
  view(): SessionView {
    const login = this.#tryLogin();
    const session = this.#session?.login === login ? this.#session : undefined;
    const alive = session !== undefined && session.expiresAt > this.#deps.timers.now();
    return {
      state: this.#state(login, alive),
      login,
      session: alive ? session : undefined,
      problem: this.#problem,
    };
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#session = undefined;
    this.#deps.logins.close();
  }

  #state(login: Login | undefined, alive: boolean): SessionState {
    if (alive) return "attested";
    if (login === undefined) return "logged_out";
    return this.#problem === undefined || isPassing(this.#problem) ? "connecting" : "refused";
  }

  #login(): Login {
    try {
      return this.#deps.logins.current();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #tryLogin(): Login | undefined {
    try {
      return this.#deps.logins.current();
    } catch (error) {
      if (error instanceof VaultError) this.#problem = error;
      return undefined;
    }
  }

  /** One at a time for each login: whoever asks meanwhile gets the same answer. */
  async #open(login: Login): Promise<AttestedSession> {
    if (this.#opening?.login !== login) this.#opening = { login, done: this.#attest(login) };
    const { done } = this.#opening;
    try {
      return await done;
    } finally {
      if (this.#opening?.done === done) this.#opening = undefined;
    }
  }

  async #attest(login: Login): Promise<AttestedSession> {
    try {
      const { facts, timers } = this.#deps;
      const opened = await attest(login, facts, timers);
      const { sessionId, key, expiresIn, provenBy, allowedCallers } = opened;
      const openedAt = timers.now();
      const expiresAt = openedAt + expiresIn * SECOND;
      const session = { login, sessionId, key, openedAt, expiresAt, provenBy, allowedCallers };
      return this.#adopt(isNews(login, opened) ? this.#changeLogin(session, opened) : session, expiresIn);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** The session goes on under the login that the change makes; without it, a good one would count as foreign. */
  #changeLogin(session: AttestedSession, change: LoginChange): AttestedSession {
    const { logins, timers, log } = this.#deps;
    try {
      logins.change(session.login, change, timers.now());
      if (change.renewed !== undefined) log.info("login renewed", { agent_id: session.login.agentId });
      if (isRotated(session.login, change)) {
        log.info("the server has a new key, which its old one vouches for");
      }
      const login = logins.current();
      const same = login.agentId === session.login.agentId && login.serverUrl === session.login.serverUrl;
      return same ? { ...session, login } : session;
    } catch (error) {
      log.warn("the changed login could not be stored", failureFields(error));
      return session;
    }
  }

  #adopt(session: AttestedSession, expiresIn: number): AttestedSession {
    if (this.#closed) return session;
    this.#session = session;
    this.#problem = undefined;
    this.#backOff.reset();
    this.#deps.log.info("attested", { agent_id: session.login.agentId, server: session.login.serverUrl });
    this.#schedule(expiresIn * SECOND * 2 / 3);
    return session;
  }

  #failed(error: unknown): VaultError {
    const problem = error instanceof VaultError
      ? error
      : new VaultError("server.internal", "The daemon could not open a session; see its log", {
        cause: error,
      });
    const isNew = problem.code !== this.#problem?.code;
    this.#problem = problem;
    if (isNew) this.#deps.log.warn("no session", failureFields(error));
    this.#schedule(this.#retryIn(problem));
    return problem;
  }

  #retryIn(problem: VaultError): number {
    if (problem.code === "client.not_logged_in") return LOGIN_RETRY;
    return isPassing(problem) ? this.#backOff.next(problem) : REFUSED_RETRY;
  }

  #schedule(milliseconds: number): void {
    this.#cancelTimer();
    if (this.#closed) return;
    this.#cancelTimer = this.#deps.timers.after(milliseconds, () => void this.#renew());
  }

  /** The old session serves until the new one is there. */
  async #renew(): Promise<void> {
    try {
      await this.#open(this.#login());
    } catch {
      // Logged and scheduled again by whoever threw.
    }
  }
}

/** Whether an attestation brought something to keep. */
function isNews({ pin }: Login, { renewed, provenBy }: LoginChange): boolean {
  if (renewed !== undefined) return true;
  return provenBy !== undefined && (pin?.fingerprint !== provenBy || !pin.provesItself);
}

function isRotated({ pin }: Login, { provenBy }: LoginChange): boolean {
  return provenBy !== undefined && pin !== undefined && pin.fingerprint !== provenBy;
}
