/**
 * An agent and its daemon in one object, speaking HTTP as the wire contract says and nothing more: an independent
 * second implementation of the client side, for end-to-end tests and load.
 */

import { generateSeed, publicKeyOf, type SigningKey, signingKey } from "../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { EMPTY_BODY_SHA256, signAttestation } from "../../shared/proofs/attestation.ts";
import { signAuthProof } from "../../shared/proofs/auth_proof.ts";
import type { ApiAnswer, World } from "./world.ts";

/**
 * Unix seconds, one ahead: a server refuses signatures of the second in which it started, and tests are quicker than that.
 * Clocks may differ by five minutes.
 */
const now = () => Math.floor(Date.now() / 1000) + 1;

export interface DiscoverOptions {
  readonly regenerate?: boolean;
  readonly signed?: boolean;
}

export class WireAgent {
  readonly agentId: string;
  readonly #world: World;
  readonly #key: SigningKey;
  readonly #attestationKey: SigningKey = signingKey(generateSeed());
  #sessionId = "";

  private constructor(world: World, agentId: string, key: SigningKey) {
    this.#world = world;
    this.agentId = agentId;
    this.#key = key;
  }

  /** Registers the agent, logs in as the predecessor's clients do, without proofs, and attests. */
  static async enrol(world: World, agentId: string): Promise<WireAgent> {
    const key = signingKey(generateSeed());
    await expectOk(
      world.admin("POST", "/admin/agents", { agent_id: agentId, agent_pub: toBase64Url(publicKeyOf(key)) }),
    );
    const agent = new WireAgent(world, agentId, key);
    await agent.attest(await agent.#login());
    return agent;
  }

  async #login(): Promise<string> {
    const device = (await expectOk(this.#world.api("POST", "/device/authorize", { body: {} }))).json();
    const approval = { user_code: device["user_code"], agent_id: this.agentId };
    await expectOk(this.#world.admin("POST", "/admin/web/device/approve", approval));
    const body = { device_code: device["device_code"] };
    return String(
      (await expectOk(this.#world.api("POST", "/device/token", { body }))).json()["access_token"],
    );
  }

  async attest(accessToken: string): Promise<void> {
    const answer = await expectOk(this.#world.api("POST", "/daemon/attest", {
      headers: { Authorization: `Bearer ${accessToken}` },
      body: {
        attestation_pub: toBase64Url(publicKeyOf(this.#attestationKey)),
        binary_sha256: sha256Hex(this.agentId),
      },
    }));
    this.#sessionId = String(answer.json()["session_id"]);
  }

  /** One discover for `names` in `project`; the answer as it came. */
  async discover(
    project: string,
    names: readonly string[],
    options: DiscoverOptions = {},
  ): Promise<ApiAnswer> {
    const proof = { ts: now(), nonce: crypto.randomUUID(), agentId: this.agentId };
    const body = {
      agent_id: this.agentId,
      auth_proof: signAuthProof(this.#key, proof),
      ts: proof.ts,
      nonce: proof.nonce,
      context: { project_name: project, file_content: names.map((name) => `${name}=\n`).join("") },
      regenerate_token: options.regenerate ?? false,
      signed_token: options.signed ?? false,
    };
    const header = this.attestation(
      "POST",
      "/agent/discover",
      `agent:${this.agentId}`,
      sha256Hex(JSON.stringify(body)),
    );
    return await this.#world.api("POST", "/agent/discover", {
      headers: { "X-Daemon-Attestation": header },
      body,
    });
  }

  /** Discovers, has everything approved that waits, discovers again: the project token. */
  async obtainToken(project: string, names: readonly string[]): Promise<string> {
    const first = await this.discover(project, names);
    if (first.status === 200) return String(first.json()["project_token"]);
    const { details } = first.json<{ details: { grant_id: string } }>();
    await expectOk(this.#world.admin("POST", `/admin/pending-grants/${details.grant_id}/approve`, {}));
    return String((await expectOk(this.discover(project, names))).json()["project_token"]);
  }

  /** A fresh attestation header for a request without a body, or with one of the given hash. */
  attestation(method: string, path: string, authTokenId: string, bodySha256 = EMPTY_BODY_SHA256): string {
    const fields = {
      sessionId: this.#sessionId,
      ts: now(),
      jti: crypto.randomUUID(),
      bodySha256,
      authTokenId,
    };
    return signAttestation(this.#attestationKey, fields, { method, path });
  }

  /** Reads the values of a project with an opaque token. */
  readSecrets(project: string, token: string): Promise<ApiAnswer> {
    const header = this.attestation("GET", `/project/secrets/${project}`, sha256Hex(token));
    return this.#world.api("GET", `/project/secrets/${encodeURIComponent(project)}`, {
      headers: { Authorization: `Bearer ${token}`, "X-Daemon-Attestation": header },
    });
  }
}

/** Fails with the answer's text where it is not a 2xx. */
export async function expectOk(pending: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answer = await pending;
  if (answer.status >= 300) throw new Error(`Status ${answer.status}: ${answer.text}`);
  return answer;
}
