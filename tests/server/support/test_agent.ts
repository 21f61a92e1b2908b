/** An agent with its daemon, in this process: enrols, attests, discovers and reads as real clients do. */

import assert from "node:assert/strict";
import { generateSeed, publicKeyOf, type SigningKey, signingKey } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { SECOND, unixSeconds } from "../../../shared/clock.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import {
  type AttestationFields,
  type AttestedRequest,
  EMPTY_BODY_SHA256,
  signAttestation,
} from "../../../shared/proofs/attestation.ts";
import { signAuthProof } from "../../../shared/proofs/auth_proof.ts";
import type { DiscoverResponse } from "../../../shared/api/discover.ts";
import { type Answer, Client, type Harness } from "./harness.ts";
import { expectOk } from "./expect.ts";

export interface AgentOptions {
  readonly namespace?: string;
  readonly hostname?: string;
  readonly binarySha256?: string;
}

export interface Discovery {
  readonly regenerate?: boolean;
  readonly signed?: boolean;
  /** Overrides of what goes into the proof and the body. */
  readonly ts?: number;
  readonly nonce?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Overrides of the attestation; null leaves the header out. */
  readonly attestation?: Partial<AttestationFields> | null;
}

export class TestAgent {
  readonly h: Harness;
  readonly agentId: string;
  readonly namespace: string;
  key: SigningKey = signingKey(generateSeed());
  readonly client: Client;
  attestationKey: SigningKey = signingKey(generateSeed());
  /** Row id. */
  id = "";
  accessToken = "";
  sessionId = "";
  readonly #options: AgentOptions;

  constructor(h: Harness, agentId: string, options: AgentOptions = {}) {
    this.h = h;
    this.agentId = agentId;
    this.namespace = options.namespace ?? "default";
    this.client = new Client(h.app, {}, "192.0.2.10");
    this.#options = options;
  }

  /** Registers the agent, logs in as the predecessor's client does, and attests. */
  static async enrol(h: Harness, agentId = "agent", options: AgentOptions = {}): Promise<TestAgent> {
    const agent = new TestAgent(h, agentId, options);
    // Signatures of the second in which the server started are refused.
    h.clock.advance(SECOND);
    await agent.register();
    await agent.login();
    await agent.attest();
    return agent;
  }

  get publicKey(): string {
    return toBase64Url(publicKeyOf(this.key));
  }

  async register(): Promise<void> {
    const body = { agent_id: this.agentId, agent_pub: this.publicKey, namespace: this.namespace };
    this.id = expectOk<{ id: string }>(await this.h.admin.post("/admin/agents", body), 201).id;
  }

  async login(): Promise<void> {
    const started = expectOk<{ user_code: string; device_code: string }>(
      await this.client.post("/device/authorize", {}, {
        address: `192.0.2.${Math.floor(Math.random() * 250)}`,
      }),
    );
    const { user_code, device_code } = started;
    const approval = { user_code, agent_id: this.agentId, namespace: this.namespace };
    expectOk(await this.h.admin.post("/admin/web/device/approve", approval));
    const answer = expectOk<{ access_token: string }>(
      await this.client.post("/device/token", { device_code }),
    );
    this.accessToken = answer.access_token;
  }

  async attest(): Promise<void> {
    this.attestationKey = signingKey(generateSeed());
    this.sessionId = expectOk<{ session_id: string }>(await this.sendAttest()).session_id;
  }

  sendAttest(body: Readonly<Record<string, unknown>> = {}, token = this.accessToken): Promise<Answer> {
    const full = {
      attestation_pub: toBase64Url(publicKeyOf(this.attestationKey)),
      binary_sha256: this.#options.binarySha256 ?? "ab".repeat(32),
      daemon_version: "0.1.0",
      daemon_pid: 42,
      daemon_uid: 1000,
      hostname: this.#options.hostname ?? "build-host",
      ...body,
    };
    return this.client.post("/daemon/attest", full, { headers: { Authorization: `Bearer ${token}` } });
  }

  get seconds(): number {
    return unixSeconds(this.h.clock.now());
  }

  header(
    request: AttestedRequest,
    fields: Partial<AttestationFields> & { readonly authTokenId: string },
  ): string {
    const all = {
      sessionId: this.sessionId,
      ts: this.seconds,
      jti: crypto.randomUUID(),
      bodySha256: EMPTY_BODY_SHA256,
      ...fields,
    };
    return signAttestation(this.attestationKey, all, request);
  }

  /** The body of a discover with a fresh proof. */
  discoverBody(project: string, names: readonly string[] | "all", options: Discovery = {}) {
    const proof = {
      ts: options.ts ?? this.seconds,
      nonce: options.nonce ?? randomHex(8),
      agentId: this.agentId,
    };
    return {
      agent_id: this.agentId,
      auth_proof: signAuthProof(this.key, proof),
      ts: proof.ts,
      nonce: proof.nonce,
      context: {
        project_name: project,
        file_content: names === "all" ? "" : names.map((name) => `${name}=\n`).join(""),
        ...(names === "all" ? { all_granted: true } : {}),
      },
      ...(options.regenerate === undefined ? {} : { regenerate_token: options.regenerate }),
      ...(options.signed === undefined ? {} : { signed_token: options.signed }),
      ...options.body,
    };
  }

  async discover(
    project: string,
    names: readonly string[] | "all",
    options: Discovery = {},
  ): Promise<Answer> {
    const body = JSON.stringify(this.discoverBody(project, names, options));
    if (options.attestation === null) return await this.client.post("/agent/discover", body);
    const header = this.header({ method: "POST", path: "/agent/discover" }, {
      authTokenId: `agent:${this.agentId}`,
      bodySha256: sha256Hex(body),
      ...options.attestation,
    });
    return await this.client.post("/agent/discover", body, { headers: { "X-Daemon-Attestation": header } });
  }

  /** Discovers; where a person has to approve, approves all, and discovers again. */
  async obtain(
    project: string,
    names: readonly string[] | "all",
    options: Discovery = {},
  ): Promise<DiscoverResponse> {
    const first = await this.discover(project, names, options);
    if (first.status !== 200) {
      await approve(this.h, grantId(first));
      return expectOk<DiscoverResponse>(await this.discover(project, names, options));
    }
    return first.json<DiscoverResponse>();
  }

  /** Headers of a read with a project token. */
  readHeaders(path: string, token: string, fields: Partial<AttestationFields> = {}): Record<string, string> {
    const authTokenId = jtiOf(token) ?? sha256Hex(token);
    return {
      Authorization: `Bearer ${token}`,
      "X-Daemon-Attestation": this.header({ method: "GET", path }, { authTokenId, ...fields }),
    };
  }

  read(project: string, token: string, fields: Partial<AttestationFields> = {}): Promise<Answer> {
    const headers = this.readHeaders(`/project/secrets/${project}`, token, fields);
    return this.client.get(`/project/secrets/${encodeURIComponent(project)}`, { headers });
  }

  /** A request with a body that the signature covers. */
  postSigned(path: string, token: string, body: unknown): Promise<Answer> {
    const text = JSON.stringify(body);
    const header = this.header({ method: "POST", path }, {
      authTokenId: jtiOf(token) ?? sha256Hex(token),
      bodySha256: sha256Hex(text),
    });
    const headers = { Authorization: `Bearer ${token}`, "X-Daemon-Attestation": header };
    return this.client.post(path, text, { headers });
  }

  config(project: string, app: string, token: string): Promise<Answer> {
    const headers = this.readHeaders(`/project/config/${project}/${app}`, token);
    return this.client.get(`/project/config/${encodeURIComponent(project)}/${encodeURIComponent(app)}`, {
      headers,
    });
  }
}

/** The request id in a "pending approval" answer. */
export function grantId(answer: Answer): string {
  const body = answer.json<{ error_code: string; details: { grant_id: string } }>();
  assert.equal(answer.status, 403, answer.text);
  assert.equal(body.error_code, "pending_approval");
  return body.details.grant_id;
}

export async function approve(h: Harness, id: string, keys?: readonly string[]): Promise<void> {
  const body = keys === undefined ? {} : { approved_keys: keys };
  expectOk(await h.admin.post(`/admin/pending-grants/${id}/approve`, body));
}

/** Grants a stored secret to a project; gives the id of the grant. */
export async function grantSecret(
  h: Harness,
  project: string,
  secretId: string,
  envName?: string,
): Promise<string> {
  const body = { secret_id: secretId, ...(envName === undefined ? {} : { env_var_name: envName }) };
  const path = `/admin/projects/${encodeURIComponent(project)}/grants`;
  return expectOk<{ id: string }>(await h.admin.post(path, body), 201).id;
}

/** Stores a secret and grants it; gives both ids. */
export async function storeAndGrant(
  h: Harness,
  project: string,
  keyPath: string,
  more: Record<string, unknown> = {},
): Promise<{ readonly secretId: string; readonly grantId: string }> {
  const body = {
    key_path: keyPath,
    secret_type: "KEY_VALUE",
    value: `value of ${keyPath}`,
    unredactable: true,
    ...more,
  };
  const secretId = expectOk<{ id: string }>(await h.admin.post("/admin/secrets", body), 201).id;
  return { secretId, grantId: await grantSecret(h, project, secretId) };
}

/** The `jti` of a signed token; undefined for an opaque one. */
export function jtiOf(token: string): string | undefined {
  const [, claims] = token.split(".");
  return claims === undefined ? undefined : String(decodeClaims(token)["jti"]);
}

export function decodeClaims(token: string): Record<string, unknown> {
  const claims = token.split(".")[1] ?? "";
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" })));
}
