/**
 * Rows that only agents make, put straight into the database, so that tests of the admin's side need no agent. Made as
 * the server makes them; where a test is about how they come to be, it goes the real way.
 */

import { generateSeed, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { randomBytes, randomUuid } from "../../../shared/crypto/random.ts";
import { DAY } from "../../../shared/clock.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { expectOk } from "./expect.ts";
import type { Harness } from "./harness.ts";

/** The public key of a fresh agent, as the admin sends it. */
export function freshPublicKey(): string {
  return toBase64Url(publicKeyOf(signingKey(generateSeed())));
}

/** Registers an agent through the API; gives its row id. */
export async function seedAgent(h: Harness, agentId: string, namespace = "default"): Promise<string> {
  const answer = await h.admin.post("/admin/agents", {
    agent_id: agentId,
    agent_pub: freshPublicKey(),
    namespace,
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json<{ id: string }>().id;
}

/** Stores a secret through the API, short ones as well; gives its id. */
export async function seedSecret(
  h: Harness,
  keyPath: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const body = {
    key_path: keyPath,
    secret_type: "KEY_VALUE",
    value: `value of ${keyPath}`,
    unredactable: true,
    ...more,
  };
  const answer = await h.admin.post("/admin/secrets", body);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json<{ id: string }>().id;
}

/** Several rows in every sealed table: values with an older one, in two namespaces, channels, keys of the server. */
export async function seedSealedRows(h: Harness): Promise<void> {
  expectOk(await h.admin.post("/admin/namespaces", { name: "team" }), 201);
  for (const namespace of ["default", "team"]) {
    for (const keyPath of ["one", "two"]) {
      const id = await seedSecret(h, keyPath, { namespace });
      expectOk(await h.admin.put(`/admin/secrets/${id}`, { value: `second value of ${keyPath}` }));
    }
  }
  for (const name of ["ops", "people"]) {
    const config = { url: "https://receiver.example/", secret: `the secret of channel ${name}` };
    const channel = { channel_type: "webhook", name, config };
    expectOk(await h.admin.post("/admin/notification-channels", channel), 201);
  }
  expectOk(await h.admin.post("/admin/signing-keys/rotate", {}));
}

export interface SeededProject {
  readonly id: string;
  readonly tokenId: string;
}

/** A project of an agent with one live token. */
export async function seedProject(
  h: Harness,
  agentRef: string,
  name: string,
  namespace = "default",
): Promise<SeededProject> {
  const [id, tokenId, now] = [randomUuid(), randomUuid(), h.clock.now()];
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("projects").values({
      id,
      namespace,
      project_name: name,
      agent_ref: agentRef,
      frozen_at: null,
      frozen_reason: null,
      created_at: now,
      updated_at: now,
    }).execute();
    await db.insertInto("project_tokens").values({
      id: tokenId,
      project_ref: id,
      token_hash: randomBytes(32),
      env_mappings: JSON.stringify({ OPENAI_API_KEY: "openai_api_key" }),
      scope: JSON.stringify(["openai_api_key"]),
      issued_at: now,
      expires_at: now + 14 * DAY,
      revoked_at: null,
      revoked_reason: null,
    }).execute();
  });
  return { id, tokenId };
}

/** A request for access that waits; gives its id. */
export async function seedPendingGrant(
  h: Harness,
  agentRef: string,
  keys: readonly string[],
  project = "app",
): Promise<string> {
  const [id, now] = [randomUuid(), h.clock.now()];
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("pending_grants").values({
      id,
      agent_ref: agentRef,
      namespace: "default",
      project_name: project,
      requested_keys: JSON.stringify(keys),
      approved_keys: null,
      status: "pending",
      requested_at: now,
      updated_at: now,
      decided_at: null,
      decided_by: null,
      auto_approval_until: null,
      source_ip: "192.0.2.1",
    }).execute();
  });
  return id;
}

/** An attested session of an agent, with the access token it came from; gives its id. */
export async function seedSession(
  h: Harness,
  agentRef: string,
  binarySha256 = "ab".repeat(32),
): Promise<string> {
  const [sessionId, tokenId, now] = [randomUuid(), randomUuid(), h.clock.now()];
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("access_tokens").values({
      id: tokenId,
      agent_ref: agentRef,
      device_ref: null,
      issued_at: now,
      expires_at: now + 30 * DAY,
      revoked_at: null,
    }).execute();
    await db.insertInto("daemon_sessions").values({
      session_id: sessionId,
      agent_ref: agentRef,
      access_token_ref: tokenId,
      attestation_pub: randomBytes(32),
      binary_sha256: binarySha256,
      daemon_version: "0.1.0",
      daemon_pid: 42,
      daemon_uid: 1000,
      hostname: "build-host",
      boot_id: null,
      created_at: now,
      expires_at: now + DAY,
      revoked_at: null,
      revoked_reason: null,
    }).execute();
  });
  return sessionId;
}
