/**
 * A CortexAuth server as the daemon sees it, on a real loopback port: sessions, project tokens and values in memory, and
 * the contract's answers. Every request is kept; any answer can be replaced once.
 */

import { publicKeyOf, type SigningKey, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../../../shared/encoding.ts";
import { formatTimestamp } from "../../../shared/clock.ts";
import { dotenvNames } from "../../../shared/dotenv.ts";
import { parseAttestation, verifyAttestation } from "../../../shared/proofs/attestation.ts";
import type { Handover } from "../../../shared/proofs/key_handover.ts";
import { signRunAnswer } from "../../../shared/proofs/run_answer.ts";
import type { AllowedCaller } from "../../../shared/caller/allowed_callers.ts";
import { type AttestAnswerFields, signAttestAnswer } from "../../../shared/proofs/server_proof.ts";
import type { ManualTimers } from "./manual_timers.ts";

export interface SeenRequest {
  readonly method: string;
  /** Percent-decoded. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  /** The parsed body; an empty object for none. */
  readonly json: Readonly<Record<string, unknown>>;
}

interface Session {
  readonly publicKey: Uint8Array;
  readonly expiresAt: number;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

const DAY = 86_400;

/** An access token as far as a client looks into one. */
export function fakeAccessToken(agentId: string, salt = "1"): string {
  return `${toBase64Url(utf8('{"alg":"none"}'))}.${
    toBase64Url(utf8(JSON.stringify({ sub: agentId, salt })))
  }.sig`;
}

export function wireFailure(status: number, code: string, extra: Record<string, unknown> = {}): FakeAnswer {
  return { status, body: { error: `Fake refusal ${code}`, error_code: code, ...extra } };
}

export class FakeServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** Values by environment name, of every project. */
  values: Record<string, string> = {};
  /** Given instead of the next answer of a path's start. */
  readonly overrides: { path: string; answer: FakeAnswer }[] = [];
  /** Holds answers back until it is resolved. */
  gate: Promise<void> = Promise.resolve();
  sessionSeconds = DAY;
  renewToken: string | undefined;
  /** Proves the server at attestations; without it, it is one that does not. */
  provenBy: SigningKey | undefined;
  /** The list of programs in the answer to an attestation; without it, there is none. */
  allowedCallers: AllowedCaller[] | undefined;
  handovers: readonly Handover[] = [];
  /** Signs the answers to runs; `provenBy` unless told. */
  runsSignedBy: SigningKey | undefined;
  /** How a value goes, by name; a variable unless told. */
  deliveries: Record<string, Readonly<Record<string, unknown>>> = {};
  /** What an answer to a run says beside its values. */
  decision: Readonly<Record<string, unknown>> = {};
  readonly #timers: ManualTimers;
  readonly #sessions = new Map<string, Session>();
  readonly #tokens = new Map<string, { readonly text: string; readonly names: string[] | null }>();
  #server: Deno.HttpServer<Deno.NetAddr>;
  #port: number;
  #count = 0;

  constructor(timers: ManualTimers) {
    this.#timers = timers;
    this.#server = this.#listen(0);
    this.#port = this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Requests to a path that begins so. */
  seen(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path.startsWith(path));
  }

  /** Answers the next request to such a path so. */
  answerOnce(path: string, answer: FakeAnswer): void {
    this.overrides.push({ path, answer });
  }

  /** As a restart of a server that keeps tokens and forgets sessions. */
  endSessions(): void {
    this.#sessions.clear();
  }

  /** As when another host of the agent, or an admin, took the tokens away. */
  revokeTokens(): void {
    for (const [project, { names }] of this.#tokens) this.#tokens.set(project, { text: "revoked", names });
  }

  /** Nobody answers on the port any more. */
  async goAway(): Promise<void> {
    await this.#server.shutdown();
  }

  comeBack(): void {
    this.#server = this.#listen(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    return Deno.serve(
      { port, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  async #handle(request: Request): Promise<Response> {
    const body = await request.text();
    const path = decodeURIComponent(new URL(request.url).pathname);
    const seen = { method: request.method, path, headers: request.headers, body, json: parse(body) };
    this.requests.push(seen);
    await this.gate;
    const at = this.overrides.findIndex((entry) => path.startsWith(entry.path));
    const answer = at >= 0 ? this.overrides.splice(at, 1)[0]?.answer : undefined;
    const { status, body: content, headers } = answer ?? this.#answer(seen);
    return Response.json(content, { status, headers: { Connection: "close", ...headers } });
  }

  #answer(request: SeenRequest): FakeAnswer {
    if (request.path === "/daemon/attest") return this.#attest(request);
    if (request.path === "/.well-known/jwks.json") {
      return { status: 200, body: { keys: [], cortex_handovers: this.handovers } };
    }
    const tokenId = request.path === "/agent/discover"
      ? `agent:${request.json["agent_id"]}`
      : sha256Hex(request.headers.get("Authorization")?.slice(7) ?? "");
    const refusal = this.#checkAttestation(request, tokenId);
    if (refusal !== undefined) return refusal;
    if (request.path === "/agent/discover") return this.#discover(request);
    if (request.path.startsWith("/project/secrets/")) return this.#secrets(request);
    if (request.path.startsWith("/project/run/")) return this.#run(request);
    return wireFailure(404, "request_route_not_found");
  }

  #attest({ json }: SeenRequest): FakeAnswer {
    const publicKey = fromBase64Url(String(json["attestation_pub"])) ?? new Uint8Array();
    const sessionId = `session-${++this.#count}`;
    this.#sessions.set(sessionId, { publicKey, expiresAt: this.#timers.now() + this.sessionSeconds * 1000 });
    const renewed = this.renewToken === undefined
      ? {}
      : { access_token: this.renewToken, access_token_expires_in: 30 * DAY };
    this.renewToken = undefined;
    const body = {
      session_id: sessionId,
      expires_in: this.sessionSeconds,
      allowlist_enforced: false,
      ...(this.allowedCallers === undefined ? {} : { allowed_callers: this.allowedCallers }),
      ...renewed,
      ...this.#proof({
        nonce: String(json["proof_nonce"]),
        attestationPub: String(json["attestation_pub"]),
        sessionId,
        expiresIn: this.sessionSeconds,
        accessToken: renewed.access_token,
        allowedCallers: this.allowedCallers,
      }),
    };
    return { status: 200, body };
  }

  #proof(fields: AttestAnswerFields) {
    if (this.provenBy === undefined) return {};
    const x = toBase64Url(publicKeyOf(this.provenBy));
    return { server_proof: { kid: "k", x, signature: signAttestAnswer(this.provenBy, fields) } };
  }

  #checkAttestation({ method, path, headers, body }: SeenRequest, tokenId: string): FakeAnswer | undefined {
    const header = parseAttestation(headers.get("X-Daemon-Attestation") ?? "");
    const session = this.#sessions.get(header?.sessionId ?? "");
    if (session === undefined || session.expiresAt <= this.#timers.now()) {
      return wireFailure(401, "attestation_session_ended");
    }
    const good = header !== undefined && header.bodySha256 === sha256Hex(body) &&
      header.authTokenId === tokenId &&
      verifyAttestation(verifyingKey(session.publicKey), header, { method, path });
    return good ? undefined : wireFailure(401, "attestation_invalid");
  }

  #discover({ json }: SeenRequest): FakeAnswer {
    const { project_name, file_content, all_granted } = json["context"] as Record<string, unknown>;
    const project = String(project_name);
    if (this.#tokens.has(project) && json["regenerate_token"] !== true) {
      return wireFailure(409, "project_token_active");
    }
    const names = all_granted === true ? null : dotenvNames(String(file_content));
    const mapped = Object.keys(this.values).filter((name) => names === null || names.includes(name));
    const text = randomHex(32);
    this.#tokens.set(project, { text, names: mapped });
    return {
      status: 200,
      body: {
        mapped_keys: Object.fromEntries(mapped.map((name) => [name, name.toLowerCase()])),
        project_token: text,
        token_expires_at: formatTimestamp(this.#timers.now() + 14 * DAY * 1000),
        unmatched_keys: (names ?? []).filter((name) => !mapped.includes(name)),
      },
    };
  }

  /** {@linkcode values} again, in the answer of a server that proves itself; only such a one is asked. */
  #run({ path, headers, json }: SeenRequest): FakeAnswer {
    const given = this.#read(path.slice("/project/run/".length), headers);
    if (given === undefined) return wireFailure(401, "token_revoked");
    const values = Object.fromEntries(
      given.entries.map(([name, value]) => [name, { value, delivery: "env", ...this.deliveries[name] }]),
    );
    const release = {
      values,
      withheld: [],
      more_granted: given.more,
      command_sha256: null,
      search_path: null,
      environment: [],
      ...this.decision,
    };
    const answer = JSON.stringify(release);
    const key = this.runsSignedBy ?? this.provenBy;
    if (key === undefined) return wireFailure(404, "request_route_not_found");
    const proof = {
      kid: "k",
      x: toBase64Url(publicKeyOf(key)),
      signature: signRunAnswer(key, String(json["nonce"]), answer),
    };
    return { status: 200, body: { answer, server_proof: proof } };
  }

  #secrets({ path, headers }: SeenRequest): FakeAnswer {
    const given = this.#read(path.slice("/project/secrets/".length), headers);
    if (given === undefined) return wireFailure(401, "token_revoked");
    const moreGranted = given.more.length === 0 ? {} : { more_granted: given.more };
    return { status: 200, body: { env_vars: Object.fromEntries(given.entries), ...moreGranted } };
  }

  /** What the bearer's token gives, and what it lacks; undefined for a token that is not good. */
  #read(project: string, headers: Headers) {
    const token = this.#tokens.get(project);
    if (token === undefined || headers.get("Authorization") !== `Bearer ${token.text}`) {
      return undefined;
    }
    const entries = Object.entries(this.values).filter(([name]) => token.names?.includes(name) ?? true);
    const more = Object.keys(this.values).filter((name) => !(token.names?.includes(name) ?? true));
    return { entries, more };
  }
}

function parse(body: string): Readonly<Record<string, unknown>> {
  const value: unknown = body === "" ? {} : JSON.parse(body);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
