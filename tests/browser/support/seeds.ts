/** A vault that is in use: what the pages are looked at with. Every name that an agent or host chooses is hostile somewhere. */

import { DAY, HOUR } from "../../../shared/clock.ts";
import { generateSeed, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { randomBytes, randomUuid } from "../../../shared/crypto/random.ts";
import { raiseEvent } from "../../../server/events/raise.ts";
import type { Harness } from "../../server/support/harness.ts";
import {
  seedAgent,
  seedPendingGrant,
  seedProject,
  seedSecret,
  seedSession,
} from "../../server/support/seed.ts";

export const XSS = `<img src=x onerror="document.title='owned'">`;
export const BIDI = "safe\u202Etxt.exe\u0007";

/** A login of a host that waits; gives its code. */
export async function seedDevice(
  h: Harness,
  over: Readonly<{ userCode?: string; hostname?: string; agentId?: string }> = {},
): Promise<string> {
  const user_code = over.userCode ?? "ABCD-2345";
  const now = h.clock.now();
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("devices").values({
      id: randomUuid(),
      device_code_hash: randomBytes(32),
      user_code,
      status: "pending",
      agent_pub: publicKeyOf(signingKey(generateSeed())),
      requested_agent_id: over.agentId ?? "builder",
      requested_namespace: "default",
      hostname: over.hostname ?? "build-host-7",
      os: `linux ${BIDI}`,
      device_name: XSS,
      agent_ref: null,
      source_ip: "192.0.2.77",
      failed_proofs: 0,
      created_at: now,
      expires_at: now + HOUR,
      decided_at: null,
      decided_by: null,
      redeemed_at: null,
    }).execute();
  });
  return user_code;
}

export interface Filled {
  readonly secretId: string;
  readonly requestId: string;
  readonly userCode: string;
}

/** Some of everything. */
export async function fill(h: Harness): Promise<Filled> {
  for (const name of ["billing", "research"]) await h.admin.post("/admin/namespaces", { name });
  const secretId = await seedSecret(h, "openai_api_key", { description: "The key of the team" });
  await seedSecret(h, "db/production/url");
  await seedSecret(h, "stripe/secret_key", { namespace: "billing" });
  await seedSecret(h, "aws/old_root_key", { is_honey_token: true });
  await h.admin.put(`/admin/secrets/${secretId}`, { value: "the second value" });
  const builder = await seedAgent(h, "builder");
  await seedAgent(h, "claude-code");
  await seedProject(h, builder, "web-shop");
  await seedProject(h, builder, XSS);
  await h.admin.post("/admin/projects/web-shop/grants", { secret_id: secretId });
  await seedSession(h, builder);
  await h.admin.post("/admin/policies", {
    policy_name: "builders",
    agent_pattern: "build*",
    allowed_paths: ["openai_*", "db/*"],
    denied_paths: ["db/production/root"],
  });
  const done = await seedPendingGrant(h, builder, ["openai_api_key"], "web-shop");
  await h.admin.post(`/admin/pending-grants/${done}/approve`, { note: "agreed in the planning" });
  h.clock.advance(HOUR);
  const requestId = await seedPendingGrant(h, builder, ["db/production/url", "openai_api_key"], "web-shop");
  await seedPendingGrant(h, builder, [XSS, "a/b"], XSS);
  await seedPendingGrant(h, builder, ["openai_api_key"], BIDI);
  await release(h);
  await h.admin.post("/admin/notification-channels", {
    channel_type: "webhook",
    name: "operations",
    config: { url: "https://hooks.example.org/x", secret: "a secret of sixteen" },
  });
  await tellFrom(h, requestId);
  await seedCommand(h, builder);
  await h.admin.post("/admin/people", {
    email: "eve@example.com",
    display_name: "Eve <script>",
    roles: [{ role: "auditor", namespaces: ["default"] }],
  });
  const userCode = await seedDevice(h);
  await h.ledger.commit((tx) =>
    raiseEvent(tx, h.clock.now() - DAY, { kind: "decoy_read", agentId: "builder", projectName: XSS })
  );
  return { secretId, requestId, userCode };
}

/** Rows of releases on several days, as they are counted. */
async function release(h: Harness): Promise<void> {
  for (let day = 0; day < 9; day++) {
    await h.ledger.commit(async (tx) => {
      for (let count = 0; count <= (day * 5) % 7; count++) {
        for (const projectName of count % 2 === 0 ? ["web-shop"] : ["web-shop", XSS]) {
          await tx.audit({
            principal: "agent:builder",
            action: "get_secrets",
            status: "success",
            agentId: "builder",
            projectName,
            namespace: "default",
            details: { keys: ["openai_api_key"] },
            origin: { requestId: null, sourceIp: "192.0.2.1", caller: {} },
          });
        }
      }
    });
    h.clock.advance(DAY / 8);
  }
}

async function tellFrom(h: Harness, id: string): Promise<void> {
  const asked_from = JSON.stringify({
    hostname: XSS,
    cwd: `/home/ada/${BIDI}`,
    gitCommit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    binarySha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  });
  await h.ledger.commit(async ({ db }) => {
    await db.updateTable("pending_grants").set({ asked_from }).where("id", "=", id).execute();
  });
}

/** A request for one command, every part of which its agent chose. */
async function seedCommand(h: Harness, agentRef: string): Promise<void> {
  const binding = {
    files: [{ path: `/usr/bin/${XSS}`, sha256: "ab".repeat(32) }],
    args: ["deploy", XSS, BIDI],
    directory: "/home/ada/src/web-shop",
    repository: { remote: `https://git.example.org/${XSS}`, commit: "cd".repeat(20) },
    search_path: "/usr/bin:/bin",
    environment: [],
  };
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("command_grants").values({
      id: randomUuid(),
      agent_ref: agentRef,
      namespace: "default",
      project_name: XSS,
      requested_keys: JSON.stringify(["openai_api_key"]),
      approved_keys: null,
      binding: JSON.stringify(binding),
      request_sha256: "ef".repeat(32),
      status: "pending",
      note: XSS,
      uses_asked: 3,
      seconds_asked: 3_600,
      uses_left: null,
      valid_until: null,
      last_used_at: null,
      requested_at: h.clock.now(),
      decided_at: null,
      decided_by: null,
      source_ip: "192.0.2.1",
      hostname: XSS,
    }).execute();
  });
}
