/**
 * The daemon's attested requests. Every one is signed when it is sent, and sent again, once, when only the signature was
 * at fault: by a session that the server ended, or by a second that lies before the server's start.
 */

import { sha256Hex } from "../shared/crypto/hash.ts";
import { randomHex, randomUuid } from "../shared/crypto/random.ts";
import { toBase64Url, utf8 } from "../shared/encoding.ts";
import { serverPath } from "../shared/client/server_client.ts";
import { type Instant, parseTimestamp, SECOND, unixSeconds } from "../shared/clock.ts";
import { VaultError } from "../shared/errors.ts";
import { ATTESTATION_HEADER, EMPTY_BODY_SHA256, signAttestation } from "../shared/proofs/attestation.ts";
import { authProofMessage } from "../shared/proofs/auth_proof.ts";
import { type CallerFacts, callerHeaders, type HostFacts } from "./caller_headers.ts";
import type { AttestedSession, SessionKeeper } from "./session.ts";
import { delay, type Timers } from "./timers.ts";

/** Names that a run wants: null wants all that are granted. */
export type WantedNames = readonly string[] | null;

export interface DiscoverAnswer {
  readonly token: string;
  /** 0 where the server's time is not understood: then the token is used once (section 0.1). */
  readonly expiresAt: Instant;
  /** Names that are mapped; undefined where the server does not say. */
  readonly mapped: readonly string[] | undefined;
  readonly unmatched: readonly string[];
}

export interface SecretsAnswer {
  readonly values: ReadonlyMap<string, string>;
  readonly withheld: readonly string[];
  /** Names that a new discover would bring, or ask a person for. */
  readonly moreGranted: readonly string[];
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
    names: WantedNames,
    options: { readonly regenerate: boolean; readonly caller: CallerFacts },
  ): Promise<DiscoverAnswer> {
    return this.#attested((session) => this.#sendDiscover(session, { project, names, ...options }));
  }

  /** Fetches the values. @throws VaultError `token.*` where the token is not good any more */
  secrets(project: string, token: string, caller: CallerFacts): Promise<SecretsAnswer> {
    return this.#attested(({ login, ...session }) =>
      login.client.requestJson("GET", serverPath("project", "secrets", project), {
        headers: {
          ...callerHeaders(caller, this.#deps.host),
          Authorization: `Bearer ${token}`,
          [ATTESTATION_HEADER]: this.#sign({ login, ...session }, {
            method: "GET",
            path: `/project/secrets/${project}`,
            authTokenId: tokenId(token),
          }),
        },
        parse: parseSecrets,
      })
    );
  }

  #sendDiscover(
    session: AttestedSession,
    { project, names, regenerate, caller }: {
      readonly project: string;
      readonly names: WantedNames;
      readonly regenerate: boolean;
      readonly caller: CallerFacts;
    },
  ): Promise<DiscoverAnswer> {
    const { agentId, client, key } = session.login;
    const proof = { ts: unixSeconds(this.#deps.timers.now()), nonce: randomHex(8), agentId };
    const body = JSON.stringify({
      agent_id: agentId,
      auth_proof: toBase64Url(key.sign(utf8(authProofMessage(proof)))),
      ts: proof.ts,
      nonce: proof.nonce,
      context: {
        project_name: project,
        file_content: (names ?? []).map((name) => `${name}=\n`).join(""),
        ...(names === null ? { all_granted: true } : {}),
      },
      regenerate_token: regenerate,
    });
    const signature = this.#sign(session, {
      method: "POST",
      path: "/agent/discover",
      body,
      authTokenId: `agent:${agentId}`,
    });
    return client.requestJson("POST", "/agent/discover", {
      headers: { ...callerHeaders(caller, this.#deps.host), [ATTESTATION_HEADER]: signature },
      body,
      parse: parseDiscover,
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

function parseDiscover(value: unknown): DiscoverAnswer | undefined {
  const { project_token, token_expires_at, unmatched_keys, mapped_keys } = record(value);
  // The token goes into a header: anything else in it would be somebody's attack on us.
  if (typeof project_token !== "string" || !/^[A-Za-z0-9._~+/=-]{1,8192}$/.test(project_token)) {
    return undefined;
  }
  return {
    token: project_token,
    expiresAt: typeof token_expires_at === "string" ? parseTimestamp(token_expires_at) ?? 0 : 0,
    mapped: typeof mapped_keys === "object" && mapped_keys !== null ? Object.keys(mapped_keys) : undefined,
    unmatched: texts(unmatched_keys),
  };
}

/** A name that the environment cannot hold is no answer of a vault. */
function parseSecrets(value: unknown): SecretsAnswer | undefined {
  const { env_vars, withheld, more_granted } = record(value);
  const entries = typeof env_vars === "object" && env_vars !== null ? Object.entries(env_vars) : undefined;
  if (entries === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [name, text] of entries) {
    if (typeof text !== "string" || !/^[^=\0]+$/.test(name)) return undefined;
    values.set(name, text);
  }
  const names = Array.isArray(withheld) ? withheld.map((entry) => record(entry)["name"]) : [];
  return { values, withheld: texts(names), moreGranted: texts(more_granted) };
}

function record(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
