/**
 * The daemon's attested requests. Every one is signed when it is sent, and sent again, once, when only the signature was
 * at fault: by a session that the server ended, or by a second that lies before the server's start.
 */

import { sha256Hex } from "../shared/crypto/hash.ts";
import { randomHex, randomUuid } from "../shared/crypto/random.ts";
import type { LeakReport } from "../shared/api/leaks.ts";
import type { SignResponse } from "../shared/api/sign.ts";
import type { RenderedTemplate, RenderTemplateRequest, TemplateNeeds } from "../shared/api/templates.ts";
import type { SshSignRequest } from "../shared/api/ssh_keys.ts";
import { toBase64Url, utf8 } from "../shared/encoding.ts";
import { serverPath } from "../shared/client/server_client.ts";
import type { CommandRequest, ExplainRequest } from "../shared/api/command_grants.ts";
import type { CommandFacts } from "../shared/api/command.ts";
import { SECOND, unixSeconds } from "../shared/clock.ts";
import type { SignOrder } from "../shared/socket/messages.ts";
import { VaultError } from "../shared/errors.ts";
import { ATTESTATION_HEADER, EMPTY_BODY_SHA256, signAttestation } from "../shared/proofs/attestation.ts";
import { authProofMessage } from "../shared/proofs/auth_proof.ts";
import { type CallerFacts, callerHeaders, type HostFacts } from "./caller_headers.ts";
import {
  type DiscoverAnswer,
  parseDiscover,
  parseRendered,
  parseSecrets,
  parseSignature,
  parseSigned,
  parseSshKeys,
  type ProjectSshKey,
  type SecretsAnswer,
} from "./server_answers.ts";
import { parseRunAnswer, type RunAnswer } from "./run_answer.ts";
import type { AttestedSession, SessionKeeper } from "./session.ts";
import { delay, type Timers } from "./timers.ts";

/** Names that a run wants: null wants all that are granted. */
export type WantedNames = readonly string[] | null;

/** What a project token is asked for. */
export interface Wanted {
  readonly names: WantedNames;
  /** The project's SSH keys as well. */
  readonly sshKeys: boolean;
}

export interface ServerCallDeps {
  readonly sessions: SessionKeeper;
  readonly timers: Timers;
  readonly host: HostFacts;
}

interface SignedRequest {
  readonly method: "GET" | "POST";
  /** Decoded, as it is signed. */
  readonly path: string;
  readonly body?: string;
  readonly authTokenId: string;
}

/** How the body of an agent's request shows who sends it. */
interface AgentProof {
  readonly agent_id: string;
  readonly auth_proof: string;
  readonly ts: number;
  readonly nonce: string;
}

/** A request by the holder of a project token. */
interface TokenRequest<T> {
  readonly method: "GET" | "POST";
  /** Decoded parts. */
  readonly path: readonly string[];
  readonly token: string;
  readonly caller: CallerFacts;
  readonly body?: string;
  readonly parse: (value: unknown) => T | undefined;
}

/** How a token of a project is asked for. */
export interface DiscoverOptions {
  readonly regenerate: boolean;
  readonly caller: CallerFacts;
  /** The keys are wanted for any command, those as well that were approved for single ones. */
  readonly anyCommand?: boolean | undefined;
}

/** What a run asks for. */
export interface RunQuestion {
  readonly names: WantedNames;
  /** Null until the server has to know. */
  readonly command: CommandFacts | null;
  /** The program's output is to come through as it is. */
  readonly unredacted: boolean;
  /** Where the token lacks names that a new one would bring, the server is to open nothing. */
  readonly asks_again: boolean;
}

/** An answer that the daemon passes on to the command line, which reads it. */
export type PassedAnswer = Readonly<Record<string, unknown>>;

/** No server starts slower than its clock's next second; more is a wrong answer. */
const LONGEST_RETRY_AFTER = 5;

export class ServerCalls {
  readonly #deps: ServerCallDeps;

  constructor(deps: ServerCallDeps) {
    this.#deps = deps;
  }

  /** Asks for a project token. @throws VaultError `grant.pending`, `project.token_active` and others */
  discover(
    project: string,
    wanted: Wanted,
    options: DiscoverOptions,
  ): Promise<DiscoverAnswer> {
    return this.#attested((session) => this.#sendDiscover(session, { project, ...wanted, ...options }));
  }

  /** Fetches the values. @throws VaultError `token.*` where the token is not good any more */
  secrets(project: string, token: string, caller: CallerFacts): Promise<SecretsAnswer> {
    const path = ["project", "secrets", project] as const;
    return this.#withToken({ method: "GET", path, token, caller, parse: parseSecrets });
  }

  /** Whether the server is one that decides about runs and signs what it says; the predecessor's only gives values. */
  async decidesRuns(): Promise<boolean> {
    return (await this.#deps.sessions.current()).provenBy !== undefined;
  }

  /**
   * The values of one run, in an answer that the server of the login has signed.
   * @throws VaultError `server.untrusted`, `command.*`, `token.*` as above
   */
  runRelease(
    project: string,
    token: string,
    caller: CallerFacts,
    question: RunQuestion,
  ): Promise<RunAnswer> {
    const path = ["project", "run", project] as const;
    return this.#attested(async (session) => {
      const nonce = randomHex(16);
      const body = JSON.stringify({ nonce, ...question });
      const parse = (value: unknown) => parseRunAnswer(value, { nonce, signer: session.provenBy });
      return await this.#send(session, { method: "POST", path, token, caller, body, parse });
    });
  }

  /** A template over the project's values. @throws VaultError `template.*`, `token.*` as above */
  renderTemplate(
    project: string,
    token: string,
    caller: CallerFacts,
    request: RenderTemplateRequest,
  ): Promise<RenderedTemplate | TemplateNeeds> {
    const path = ["project", "template", project] as const;
    const body = JSON.stringify(request);
    return this.#withToken({ method: "POST", path, token, caller, body, parse: parseRendered });
  }

  /** The public halves of a project's SSH keys. @throws VaultError `token.*` as above */
  sshKeys(project: string, token: string, caller: CallerFacts): Promise<readonly ProjectSshKey[]> {
    const path = ["project", "ssh-keys", project] as const;
    return this.#withToken({ method: "GET", path, token, caller, parse: parseSshKeys });
  }

  /** Tells of values that a program printed and that were replaced. @throws VaultError `token.*` as above */
  async reportLeaks(
    project: string,
    token: string,
    caller: CallerFacts,
    report: LeakReport,
  ): Promise<void> {
    const path = ["project", "leaks", project] as const;
    const body = JSON.stringify(report);
    await this.#withToken({ method: "POST", path, token, caller, body, parse: () => true });
  }

  /** One signature as SSH sends it. @throws VaultError `token.*` as above, `ssh.*` */
  sshSign(
    project: string,
    token: string,
    caller: CallerFacts,
    request: SshSignRequest,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const path = ["project", "ssh-keys", project, "sign"] as const;
    const body = JSON.stringify(request);
    return this.#withToken({ method: "POST", path, token, caller, body, parse: parseSignature });
  }

  /** A signature by a key that stays with the server. @throws VaultError `token.*` as above, `sign.*`, `request.invalid` */
  sign(project: string, token: string, caller: CallerFacts, request: SignOrder): Promise<SignResponse> {
    const path = ["project", "sign", project] as const;
    const body = JSON.stringify(request);
    return this.#withToken({ method: "POST", path, token, caller, body, parse: parseSigned });
  }

  /** Asks a person for one command. @throws VaultError `command.nothing_to_ask`, `request.*` */
  requestCommand(
    request: Omit<CommandRequest, keyof AgentProof | "hostname">,
    caller: CallerFacts,
  ): Promise<PassedAnswer> {
    const body = { ...request, hostname: this.#deps.host.hostname };
    return this.#askAsAgent("/agent/command-requests", body, caller);
  }

  /** What the agent may do in a project now. @throws VaultError */
  explain(
    request: Omit<ExplainRequest, keyof AgentProof>,
    caller: CallerFacts,
  ): Promise<PassedAnswer> {
    return this.#askAsAgent("/agent/explain", request, caller);
  }

  #askAsAgent(path: string, request: object, caller: CallerFacts): Promise<PassedAnswer> {
    return this.#attested((session) => this.#sendAsAgent(session, path, request, caller, parsePassed));
  }

  /** A request whose body carries a fresh proof of the agent's key. */
  #sendAsAgent<T>(
    session: AttestedSession,
    path: string,
    request: object,
    caller: CallerFacts,
    parse: (value: unknown) => T | undefined,
  ): Promise<T> {
    const { agentId, client } = session.login;
    const body = JSON.stringify({ ...this.#proof(session), ...request });
    const authTokenId = `agent:${agentId}`;
    const signature = this.#sign(session, { method: "POST", path, body, authTokenId });
    return client.requestJson("POST", path, {
      headers: { ...callerHeaders(caller, this.#deps.host), [ATTESTATION_HEADER]: signature },
      body,
      parse,
    });
  }

  #proof({ login: { agentId, key } }: AttestedSession): AgentProof {
    const proof = { ts: unixSeconds(this.#deps.timers.now()), nonce: randomHex(8), agentId };
    const auth_proof = toBase64Url(key.sign(utf8(authProofMessage(proof))));
    return { agent_id: agentId, auth_proof, ts: proof.ts, nonce: proof.nonce };
  }

  #sendDiscover(
    session: AttestedSession,
    { project, names, sshKeys, regenerate, caller, anyCommand }:
      & Wanted
      & DiscoverOptions
      & { readonly project: string },
  ): Promise<DiscoverAnswer> {
    const request = {
      context: {
        project_name: project,
        file_content: (names ?? []).map((name) => `${name}=\n`).join(""),
        ...(names === null ? { all_granted: true } : {}),
        ...(sshKeys ? { ssh_keys: true } : {}),
        ...(anyCommand ? { any_command: true } : {}),
      },
      regenerate_token: regenerate,
    };
    return this.#sendAsAgent(session, "/agent/discover", request, caller, parseDiscover);
  }

  #withToken<T>(request: TokenRequest<T>): Promise<T> {
    return this.#attested((session) => this.#send(session, request));
  }

  #send<T>(
    session: AttestedSession,
    { method, path, token, caller, body, parse }: TokenRequest<T>,
  ): Promise<T> {
    return session.login.client.requestJson(method, serverPath(...path), {
      headers: {
        ...callerHeaders(caller, this.#deps.host),
        Authorization: `Bearer ${token}`,
        [ATTESTATION_HEADER]: this.#sign(session, {
          method,
          path: `/${path.join("/")}`,
          authTokenId: tokenId(token),
          ...(body === undefined ? {} : { body }),
        }),
      },
      parse,
      ...(body === undefined ? {} : { body }),
    });
  }

  #sign({ sessionId, key }: AttestedSession, { method, path, body, authTokenId }: SignedRequest): string {
    const fields = {
      sessionId,
      ts: unixSeconds(this.#deps.timers.now()),
      jti: randomUuid(),
      bodySha256: body === undefined ? EMPTY_BODY_SHA256 : sha256Hex(body),
      authTokenId,
    };
    return signAttestation(key, fields, { method, path });
  }

  async #attested<T>(send: (session: AttestedSession) => Promise<T>): Promise<T> {
    const session = await this.#deps.sessions.current();
    try {
      return await send(session);
    } catch (error) {
      if (isSessionEnd(error)) this.#deps.sessions.invalidate(session);
      else if (isBeforeStart(error)) await this.#waitForServer(error);
      else throw error;
    }
    return await send(await this.#deps.sessions.current());
  }

  #waitForServer({ retryAfter = 1 }: VaultError): Promise<void> {
    return delay(this.#deps.timers, Math.min(retryAfter, LONGEST_RETRY_AFTER) * SECOND);
  }
}

/** Also a 401 without a reason at all: the predecessor's server says no more about a session that ended. */
function isSessionEnd(error: unknown): boolean {
  if (!(error instanceof VaultError)) return false;
  // A key that is new since the session began: the next attestation shows whether the old one vouches for it.
  if (error.code === "server.untrusted") return true;
  return error.code === "attestation.session_ended" ||
    error.code === "auth.invalid" && error.details?.["http_status"] === 401;
}

function isBeforeStart(error: unknown): error is VaultError {
  return error instanceof VaultError && error.details?.["reason"] === "before_server_start";
}

/** What an attestation names a bearer by: the `jti` of a JWT, else the hash (section 0.1, 6). */
function tokenId(token: string): string {
  return jwtId(token) ?? sha256Hex(token);
}

function jwtId(token: string): string | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(
      new TextDecoder().decode(Uint8Array.fromBase64(parts[1] ?? "", { alphabet: "base64url" })),
    );
    const { jti }: Partial<Record<string, unknown>> = typeof claims === "object" ? { ...claims } : {};
    return typeof jti === "string" ? jti : undefined;
  } catch {
    return undefined;
  }
}

function parsePassed(value: unknown): PassedAnswer | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
