/**
 * Who this host is logged in as: the session file, read anew whenever somebody asks, so that a login, a logout or a
 * change of server is noticed without a restart (lesson A15).
 *
 * Invariant: a {@linkcode Login} is one server, one agent and one key; what was obtained under one is never used under
 * another (lesson B25).
 */

import { ServerClient } from "../shared/client/server_client.ts";
import { type DaemonSession, parseSession } from "../shared/client/session_file.ts";
import { formatTimestamp, type Instant, parseTimestamp, SECOND } from "../shared/clock.ts";
import type { KeyStorage } from "../shared/crypto/key_storage.ts";
import { fromBase64Url, fromUtf8, utf8 } from "../shared/encoding.ts";
import { VaultError } from "../shared/errors.ts";
import { type AgentId, parseAgentId } from "../shared/names.ts";
import { readPrivateFile, replacePrivateFile } from "../shared/os/private_file.ts";
import { type AgentKey, loadAgentKey } from "./agent_key.ts";

export interface Login {
  readonly agentId: AgentId;
  readonly serverUrl: string;
  readonly accessToken: string;
  /** When the access token ends, where that is known. */
  readonly expiresAt: Instant | undefined;
  readonly key: AgentKey;
  readonly client: ServerClient;
  readonly pin: ServerPin | undefined;
}

/** The server's key, as the login or a later proof found it. */
export interface ServerPin {
  readonly fingerprint: string;
  /** It did before, so it has to. */
  readonly provesItself: boolean;
}

/** What an attestation changes in the session file. */
export interface LoginChange {
  readonly renewed: RenewedToken | undefined;
  /** Fingerprint of the key that proved the server. */
  readonly provenBy: string | undefined;
}

/** A token that the server gave in place of the one in the file. */
export interface RenewedToken {
  readonly accessToken: string;
  readonly expiresIn: number;
}

export interface LoginOptions {
  readonly directory: string;
  readonly sessionFile: string;
  readonly storage: KeyStorage;
  readonly allowInsecureHttp: boolean;
  readonly fetch?: typeof fetch;
}

export class LoginSource {
  readonly #options: LoginOptions;
  #text: string | undefined;
  #login: Login | undefined;
  /** Of the login before: a request that began under it may still sign. */
  #retired: AgentKey | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** The login of this moment: the same object for as long as the file stays the same. @throws VaultError */
  current(): Login {
    const text = this.#read();
    if (text === undefined) throw notLoggedIn();
    if (this.#login === undefined || text !== this.#text) this.#adopt(text);
    if (this.#login === undefined) throw notLoggedIn();
    return this.#login;
  }

  /** Stores a renewed token and a proven key, unless somebody logged in anew in between. */
  change(login: Login, { renewed, provenBy }: LoginChange, now: Instant): void {
    const text = this.#read();
    const session = text === undefined ? undefined : parseSession(text);
    if (session?.access_token !== login.accessToken) return;
    const isOurs = renewed !== undefined && agentIdOf(renewed.accessToken) === login.agentId;
    const changed: DaemonSession = {
      ...session,
      ...(isOurs ? tokenFields(renewed, now) : {}),
      ...(provenBy === undefined ? {} : { server_fingerprint: provenBy, server_proof: REQUIRED }),
    };
    replacePrivateFile(this.#options.sessionFile, utf8(`${JSON.stringify(changed, null, 2)}\n`));
  }

  /** Forgets the key. */
  close(): void {
    this.#retired?.wipe();
    this.#login?.key.wipe();
    this.#login = undefined;
  }

  #read(): string | undefined {
    const bytes = readPrivateFile(this.#options.sessionFile);
    if (bytes !== undefined) return fromUtf8(bytes) ?? "";
    this.close();
    return undefined;
  }

  #adopt(text: string): void {
    const { directory, storage, allowInsecureHttp, fetch } = this.#options;
    const session = parseSession(text);
    const agentId = session === undefined ? undefined : agentIdOf(session.access_token);
    if (session === undefined || agentId === undefined) throw damaged(this.#options.sessionFile);
    const client = new ServerClient({
      baseUrl: session.server_url,
      allowInsecureHttp,
      ...(fetch === undefined ? {} : { fetch }),
    });
    const key = loadAgentKey(directory, agentId, storage);
    this.#retired?.wipe();
    this.#retired = this.#login?.key;
    this.#text = text;
    this.#login = {
      agentId,
      serverUrl: client.baseUrl,
      accessToken: session.access_token,
      expiresAt: session.expires_at === undefined ? undefined : parseTimestamp(session.expires_at),
      key,
      client,
      pin: pinOf(session),
    };
  }
}

const REQUIRED = "required";

function pinOf({ server_fingerprint: fingerprint, server_proof }: DaemonSession): ServerPin | undefined {
  return fingerprint === undefined ? undefined : { fingerprint, provesItself: server_proof === REQUIRED };
}

function tokenFields({ accessToken, expiresIn }: RenewedToken, now: Instant) {
  return {
    access_token: accessToken,
    expires_in: expiresIn,
    issued_at: formatTimestamp(now),
    expires_at: formatTimestamp(now + expiresIn * SECOND),
  };
}

/** The `sub` of an access token (section 0.1 of the wire contract); undefined where it is none of an agent. */
export function agentIdOf(accessToken: string): AgentId | undefined {
  try {
    const payload = fromUtf8(fromBase64Url(accessToken.split(".")[1] ?? "") ?? new Uint8Array());
    const claims: unknown = JSON.parse(payload ?? "");
    if (typeof claims !== "object" || claims === null || !("sub" in claims)) return undefined;
    return typeof claims.sub === "string" ? parseAgentId(claims.sub) : undefined;
  } catch {
    return undefined;
  }
}

function notLoggedIn(): VaultError {
  return new VaultError(
    "client.not_logged_in",
    "This host is not logged in; run cortex daemon login --url URL, the daemon notices it by itself",
  );
}

function damaged(path: string): VaultError {
  return new VaultError(
    "client.not_logged_in",
    `${path} is damaged; run cortex daemon login --url URL again`,
  );
}
