/** The same objects in two namespaces, each by its ids: what one team has, and what another team must not see. */

import { randomUuid } from "../../../shared/crypto/random.ts";
import { sha256 } from "../../../shared/crypto/hash.ts";
import { HOUR } from "../../../shared/clock.ts";
import { expectOk } from "./expect.ts";
import type { Harness } from "./harness.ts";
import { seedAgent, seedPendingGrant, seedProject, seedSecret, seedSession } from "./seed.ts";

export const MINE = "mine";
export const FOREIGN = "foreign";

export interface Objects {
  readonly namespace: string;
  readonly secret: string;
  readonly agent: string;
  readonly project: string;
  readonly grant: string;
  readonly pending: string;
  readonly command: string;
  readonly session: string;
  readonly userCode: string;
  readonly auditRow: string;
}

/** Every name begins with the namespace, so that a search for it finds what leaked. */
export async function seedNamespace(h: Harness, namespace: string): Promise<Objects> {
  expectOk(await h.admin.post("/admin/namespaces", { name: namespace }), 201);
  const secret = await seedSecret(h, `${namespace}/key`, { namespace });
  const agent = `${namespace}-agent`;
  const project = `${namespace}-app`;
  const agentRef = await seedAgent(h, agent, namespace);
  await seedProject(h, agentRef, project, namespace);
  const grant = expectOk<{ id: string }>(
    await h.admin.post(`/admin/projects/${project}/grants`, { secret_id: secret }),
    201,
  ).id;
  const pending = await seedPendingGrant(h, agentRef, [`${namespace}/key`], project);
  await h.ledger.commit(async ({ db }) => {
    await db.updateTable("pending_grants").set({ namespace }).where("id", "=", pending).execute();
  });
  const command = await seedCommand(h, { agentRef, namespace, project });
  const session = await seedSession(h, agentRef);
  const userCode = await seedDevice(h, namespace);
  const row = await h.store.reader.selectFrom("audit_log").select("id").where("namespace", "=", namespace)
    .where("action", "=", "create_secret").executeTakeFirstOrThrow();
  return { namespace, secret, agent, project, grant, pending, command, session, userCode, auditRow: row.id };
}

interface CommandPlace {
  readonly agentRef: string;
  readonly namespace: string;
  readonly project: string;
}

async function seedCommand(h: Harness, { agentRef, namespace, project }: CommandPlace): Promise<string> {
  const [id, now] = [randomUuid(), h.clock.now()];
  const binding = {
    program: `/usr/bin/${namespace}`,
    program_sha256: null,
    argv: [namespace],
    patterns: false,
    directory: "/srv",
    repository: null,
    commit: null,
  };
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("command_grants").values({
      id,
      agent_ref: agentRef,
      namespace,
      project_name: project,
      requested_keys: JSON.stringify([`${namespace}/key`]),
      approved_keys: null,
      binding: JSON.stringify(binding),
      request_sha256: "ab".repeat(32),
      status: "denied",
      note: null,
      uses_asked: null,
      seconds_asked: 3_600,
      uses_left: null,
      valid_until: null,
      last_used_at: null,
      requested_at: now,
      decided_at: null,
      decided_by: null,
      source_ip: null,
      hostname: null,
    }).execute();
  });
  return id;
}

async function seedDevice(h: Harness, namespace: string): Promise<string> {
  const now = h.clock.now();
  const userCode = namespace === MINE ? "BCDF-GHJK" : "LMNP-QRST";
  await h.ledger.commit(async ({ db }) => {
    await db.insertInto("devices").values({
      id: randomUuid(),
      device_code_hash: sha256(userCode),
      user_code: userCode,
      status: "pending",
      agent_pub: null,
      requested_agent_id: `${namespace}-agent`,
      requested_namespace: namespace,
      hostname: `${namespace}-host`,
      os: "linux",
      device_name: null,
      agent_ref: null,
      source_ip: null,
      failed_proofs: 0,
      created_at: now,
      expires_at: now + HOUR,
      decided_at: null,
      decided_by: null,
      redeemed_at: null,
    }).execute();
  });
  return userCode;
}

const TABLES = [
  "secrets",
  "agents",
  "projects",
  "project_grants",
  "pending_grants",
  "command_grants",
] as const;

/** All rows of a namespace as they are now, to be compared. */
export async function rowsOf(h: Harness, namespace: string): Promise<string> {
  const all: unknown[] = [];
  for (const table of TABLES) {
    all.push(await h.store.reader.selectFrom(table).selectAll().where("namespace", "=", namespace).execute());
  }
  all.push(await h.store.reader.selectFrom("daemon_sessions").selectAll().execute());
  all.push(
    await h.store.reader.selectFrom("devices").selectAll().where("requested_namespace", "=", namespace)
      .execute(),
  );
  all.push(await h.store.reader.selectFrom("namespaces").selectAll().execute());
  return Deno.inspect(all, { depth: 20, strAbbreviateSize: Infinity, iterableLimit: Infinity });
}
