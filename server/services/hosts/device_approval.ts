/**
 * The admin's side of a login: look at it, then approve or deny. Approving a device that has proved a key registers that
 * key for the agent; a device that proves none is only let in as an agent that was registered before (lesson B17).
 */

import type {
  ApproveDeviceRequest,
  ApproveDeviceResponse,
  DeviceDetails,
  DeviceSummary,
} from "../../../shared/api/device_admin.ts";
import type { PageQuery } from "../../../shared/api/page.ts";
import type { Clock, Instant } from "../../../shared/clock.ts";
import { keyFingerprint } from "../../../shared/crypto/ed25519.ts";
import { equalBytes } from "../../../shared/crypto/hash.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseAgentId, parseNamespaceName } from "../../../shared/names.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { agentFrozen } from "../../identity/daemon_callers.ts";
import { parseUserCode } from "../../identity/user_codes.ts";
import { WrongCodes } from "../../identity/wrong_codes.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import { type AgentRow, findAgent } from "../agents/agent_rows.ts";
import {
  type DeviceRow,
  deviceWithin,
  type ListedDevice,
  placeOf,
  selectDevices,
  toSummary,
} from "./device_rows.ts";
import { DEFAULT_NAMESPACE } from "../namespaces.ts";
import { checkWithin, within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import { endDaemons } from "../projects/revocation.ts";
import { success } from "../success.ts";

export interface DeviceApprovalDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** The agent of an approval, and what the approval did to it. */
interface ApprovedAgent {
  readonly agent: Pick<AgentRow, "id" | "agent_id" | "namespace">;
  readonly created: boolean;
  readonly keyReplaced: boolean;
}

export class DeviceApprovalService {
  readonly #deps: DeviceApprovalDeps;
  readonly #wrongCodes: WrongCodes;

  constructor(deps: DeviceApprovalDeps) {
    this.#deps = deps;
    this.#wrongCodes = new WrongCodes(deps.clock);
  }

  /** Newest first. */
  async list(caller: AdminCaller, wanted: PageQuery): Promise<Page<DeviceSummary>> {
    const page = await readPage(selectDevices(this.#deps.store.reader).where(deviceWithin(caller)), {
      by: ["d.created_at", "d.id"],
      newestFirst: true,
      keyOf: (row) => [row.created_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    const now = this.#deps.clock.now();
    return page.map((row) => toSummary(row, now));
  }

  /** What an approver has to see before deciding. @throws VaultError `device.not_found`, `auth.throttled` */
  async lookUp(caller: AdminCaller, userCode: string): Promise<DeviceDetails> {
    const device = await this.#find(this.#deps.store.reader, caller, userCode);
    const summary = toSummary(device, this.#deps.clock.now());
    const agent = await this.#agentOf(summary);
    const differs = agent !== undefined && device.agent_pub !== null &&
      !equalBytes(agent.agent_pub, device.agent_pub);
    return { ...summary, agent_registered: agent !== undefined, key_differs: differs };
  }

  #agentOf({ agent_id, namespace }: DeviceSummary): Promise<AgentRow | undefined> {
    return this.#deps.store.reader.selectFrom("agents").selectAll()
      .where("agent_id", "=", agent_id ?? "").where("namespace", "=", namespace ?? DEFAULT_NAMESPACE)
      .executeTakeFirst();
  }

  /** @throws VaultError `device.not_found`, `agent.*`, `namespace.not_found`, `request.invalid`, `auth.throttled` */
  approve(caller: AdminCaller, request: ApproveDeviceRequest): Promise<ApproveDeviceResponse> {
    const now = this.#deps.clock.now();
    return this.#deps.ledger.commit(async (tx) => {
      const device = await this.#findWaiting(tx.db, caller, request.user_code);
      const { agent, created, keyReplaced } = device.agent_pub === null
        ? await registeredAgent(tx, caller, request)
        : await agentWithKey(tx, { caller, device, key: device.agent_pub, request, now });
      await decide(tx, caller, device, { status: "approved", agent_ref: agent.id, now });
      const { agent_id, namespace } = agent;
      const fingerprint = device.agent_pub === null ? null : keyFingerprint(device.agent_pub);
      await tx.audit(success(caller, "device_approve", {
        agentId: agent_id,
        namespace,
        resourcePath: device.user_code,
        details: {
          fingerprint,
          hostname: device.hostname,
          agent_created: created,
          key_replaced: keyReplaced,
        },
      }));
      const { user_code } = device;
      return {
        approved: true,
        user_code,
        agent_id,
        namespace,
        agent_created: created,
        key_replaced: keyReplaced,
        fingerprint,
      };
    });
  }

  /** Gives the code in its one form. @throws VaultError `device.not_found`, `auth.throttled` */
  deny(caller: AdminCaller, userCode: string): Promise<string> {
    const now = this.#deps.clock.now();
    return this.#deps.ledger.commit(async (tx) => {
      const device = await this.#findWaiting(tx.db, caller, userCode);
      await decide(tx, caller, device, { status: "denied", agent_ref: null, now });
      await tx.audit({
        ...success(caller, "device_deny", { namespace: placeOf(device), resourcePath: device.user_code }),
        status: "denied",
      });
      return device.user_code;
    });
  }

  /** Revokes every login of the agents of an id: access tokens and sessions end. Gives how many logins there were. */
  async revoke(caller: AdminCaller, named: string, inNamespace: string | undefined): Promise<number> {
    const agentId = parseAgentId(named, "agent_id");
    const namespace = inNamespace === undefined ? undefined : parseNamespaceName(inNamespace, "namespace");
    return await this.#deps.ledger.commit(async (tx) => {
      let query = tx.db.selectFrom("agents").select(["id", "namespace"]).where("agent_id", "=", agentId)
        .where(within(caller, "namespace"));
      if (namespace !== undefined) query = query.where("namespace", "=", namespace);
      const agents = await query.execute();
      if (agents.length === 0) await tx.audit(revoked(caller, agentId, namespace ?? null, 0));
      let total = 0;
      for (const agent of agents) {
        const rows = await this.#endLogins(tx, agent.id);
        await tx.audit(revoked(caller, agentId, agent.namespace, rows));
        total += rows;
      }
      return total;
    });
  }

  async #endLogins(tx: Tx, agentRef: string): Promise<number> {
    const rows = await countLogins(tx.db, agentRef);
    await endDaemons(tx, agentRef, { at: this.#deps.clock.now(), reason: "device_revoked" });
    return rows;
  }

  async #find(db: Queries, caller: AdminCaller, typed: string): Promise<ListedDevice> {
    const key = caller.origin.sourceIp ?? "";
    this.#wrongCodes.check(key);
    const userCode = parseUserCode(typed);
    const device = userCode === undefined
      ? undefined
      : await selectDevices(db).where("d.user_code", "=", userCode)
        .where(deviceWithin(caller)).executeTakeFirst();
    if (device === undefined) {
      this.#wrongCodes.failed(key);
      throw notWaiting();
    }
    this.#wrongCodes.succeeded(key);
    return device;
  }

  /** A code that has run out is as good as none. */
  async #findWaiting(db: Queries, caller: AdminCaller, typed: string): Promise<ListedDevice> {
    const device = await this.#find(db, caller, typed);
    if (device.status === "pending" && device.expires_at > this.#deps.clock.now()) return device;
    throw notWaiting();
  }
}

/** One for each agent, in the log of its own namespace. */
function revoked(caller: AdminCaller, agentId: string, namespace: string | null, rows: number) {
  return success(caller, "device_delete", { agentId, namespace, details: { rows } });
}

function notWaiting(): VaultError {
  return new VaultError(
    "device.not_found",
    "No login waits under this code; check it on the device, or start anew",
  );
}

interface Decision {
  readonly status: "approved" | "denied";
  readonly agent_ref: string | null;
  readonly now: Instant;
}

async function decide(tx: Tx, caller: AdminCaller, { id }: DeviceRow, decision: Decision): Promise<void> {
  const { status, agent_ref, now } = decision;
  await tx.db.updateTable("devices").set({ status, agent_ref, decided_at: now, decided_by: caller.name })
    .where("id", "=", id).execute();
}

/** For a device without a key: nothing shows that it is the agent's, so the agent has to be known and named. */
async function registeredAgent(
  tx: Tx,
  caller: AdminCaller,
  request: ApproveDeviceRequest,
): Promise<ApprovedAgent> {
  const agentId = request.agent_id?.trim() ?? "";
  if (agentId === "") {
    throw new VaultError(
      "request.invalid",
      "The device names no agent; send the 'agent_id' of a registered one",
    );
  }
  const agent = await findAgent(tx.db, agentId, request.namespace ?? undefined, caller);
  if (agent.frozen_at !== null) throw agentFrozen();
  return { agent, created: false, keyReplaced: false };
}

interface KeyApproval {
  readonly caller: AdminCaller;
  readonly device: DeviceRow;
  readonly key: Uint8Array;
  readonly request: ApproveDeviceRequest;
  readonly now: Instant;
}

async function agentWithKey(tx: Tx, approval: KeyApproval): Promise<ApprovedAgent> {
  const { caller, device, request } = approval;
  const named = request.agent_id?.trim() || device.requested_agent_id;
  if (named === null) {
    throw new VaultError(
      "request.invalid",
      "The device asks for no agent id; send 'agent_id' with the approval",
    );
  }
  const agent_id = parseAgentId(named, "agent_id");
  const namespace = parseNamespaceName(
    request.namespace || device.requested_namespace || DEFAULT_NAMESPACE,
    "namespace",
  );
  checkWithin(caller, namespace);
  const agent = await tx.db.selectFrom("agents").selectAll()
    .where("agent_id", "=", agent_id).where("namespace", "=", namespace).executeTakeFirst();
  return agent === undefined
    ? await register(tx, approval, agent_id, namespace)
    : await letIn(tx, approval, agent);
}

async function register(
  tx: Tx,
  { caller, key, now }: KeyApproval,
  agent_id: string,
  namespace: string,
): Promise<ApprovedAgent> {
  await checkNamespace(tx, namespace);
  const agent = { id: randomUuid(), agent_id, namespace };
  const unfrozen = { frozen_at: null, frozen_reason: null };
  await tx.db.insertInto("agents")
    .values({ ...agent, agent_pub: key, description: null, ...unfrozen, created_at: now, updated_at: now })
    .execute();
  const details = { fingerprint: keyFingerprint(key) };
  await tx.audit(success(caller, "create_agent", { agentId: agent_id, namespace, details }));
  return { agent, created: true, keyReplaced: false };
}

/** The namespace may be the device's wish: a typing error there must not make a new one. */
async function checkNamespace(tx: Tx, name: string): Promise<void> {
  const found = await tx.db.selectFrom("namespaces").select("name").where("name", "=", name)
    .executeTakeFirst();
  if (found !== undefined) return;
  throw new VaultError(
    "namespace.not_found",
    "There is no such namespace; add it first, or approve with another",
    {
      details: { namespace: name },
    },
  );
}

/** An agent with another key is somebody else until an admin says otherwise; then the old key's logins end. */
async function letIn(
  tx: Tx,
  { caller, key, request, now }: KeyApproval,
  agent: AgentRow,
): Promise<ApprovedAgent> {
  if (agent.frozen_at !== null) throw agentFrozen();
  if (equalBytes(agent.agent_pub, key)) return { agent, created: false, keyReplaced: false };
  if (request.replace_key !== true) {
    throw new VaultError(
      "agent.exists",
      'This agent is registered with another key; approve with "replace_key": true to replace it, or as another agent',
      { details: { registered: keyFingerprint(agent.agent_pub), offered: keyFingerprint(key) } },
    );
  }
  await tx.db.updateTable("agents").set({ agent_pub: key, updated_at: now }).where("id", "=", agent.id)
    .execute();
  await endDaemons(tx, agent.id, { at: now, reason: "key_replaced" });
  const { agent_id: agentId, namespace } = agent;
  const details = { fingerprint: keyFingerprint(key), replaced: keyFingerprint(agent.agent_pub) };
  await tx.audit(success(caller, "update_agent", { agentId, namespace, details }));
  return { agent, created: false, keyReplaced: true };
}

async function countLogins(db: Queries, agentRef: string): Promise<number> {
  const { logins } = await db.selectFrom("devices").select(({ fn }) => fn.countAll<number>().as("logins"))
    .where("agent_ref", "=", agentRef).where("status", "in", ["approved", "redeemed"])
    .executeTakeFirstOrThrow();
  return logins;
}
