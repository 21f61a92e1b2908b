/**
 * Requests of agents for exactly one command: what is asked, for how often and how long, under a digest of all of it. A
 * request never changes: another command is another request, and a decision is about the one that was shown.
 */

import type { CommandRequest, CommandRequestAnswer } from "../../../shared/api/command_grants.ts";
import { requestDigest, type ShownRequest } from "../../../shared/command/binding.ts";
import { type Clock, type Instant } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseProjectName } from "../../../shared/names.ts";
import { liveGrants } from "../../access/command_keys.ts";
import { mapNames, scopeOf } from "../../access/mapping.ts";
import { policiesOfAgent } from "../../access/policy.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AgentCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import { agentFrozen } from "../../identity/daemon_callers.ts";
import { type AccessKey, loadCommandGrants, loadGrants, loadPolicies } from "../projects/access_facts.ts";
import { isAgentFrozen } from "../agents/agent_rows.ts";
import { alarmForNames } from "../release/decoys.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

/** Of one agent; each is a card that a person has to read (lesson B24). */
const MAX_OPEN_REQUESTS = 50;

/** A request with what its names stand for. */
interface Asked extends AccessKey {
  readonly request: CommandRequest;
  readonly shown: ShownRequest;
  readonly unmatched: readonly string[];
  readonly now: Instant;
}

type Outcome = { readonly answer: CommandRequestAnswer } | { readonly error: VaultError };

export class CommandRequestService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ ledger, clock }: ServiceDeps) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws VaultError `command.nothing_to_ask`, `agent.frozen`, `request.*`, `proof.invalid` for a decoy */
  async request(caller: AgentCaller, request: CommandRequest): Promise<CommandRequestAnswer> {
    const projectName = parseProjectName(request.project_name);
    const { id: agentRef, namespace } = caller.agent;
    const outcome = await this.#ledger.commit((tx) =>
      this.#decide(tx, caller, { agentRef, namespace, projectName }, request)
    );
    if ("error" in outcome) throw outcome.error;
    return outcome.answer;
  }

  async #decide(tx: Tx, caller: AgentCaller, key: AccessKey, request: CommandRequest): Promise<Outcome> {
    const now = this.#clock.now();
    if (await isAgentFrozen(tx.db, key.agentRef)) throw agentFrozen();
    const grants = await loadGrants(tx.db, key);
    const named = { projectName: key.projectName, names: request.names ?? [], grants, now };
    const alarm = await alarmForNames(tx, caller, named);
    if (alarm !== undefined) return { error: alarm };
    const policies = policiesOfAgent(await loadPolicies(tx.db), caller.agent.agent_id);
    const values = request.names ?? "all_granted";
    const mapping = mapNames({ values, sshKeys: false }, grants, policies);
    const keys = scopeOf(mapping.mapped);
    if (keys.length === 0) return { error: nothingToAsk(mapping.unmatched) };
    const { binding, uses, seconds, note } = request;
    const shown = { ...key, keys, binding, uses, seconds, note };
    const asked = { ...key, request, shown, unmatched: mapping.unmatched, now };
    return { answer: await this.#record(tx, caller, asked) };
  }

  async #record(tx: Tx, caller: AgentCaller, asked: Asked): Promise<CommandRequestAnswer> {
    const digest = requestDigest(asked.shown);
    const known = await findSame(tx, asked, digest);
    const id = known?.id ?? await insertRequest(tx, caller, asked, digest);
    const status = known?.status === "approved" ? "approved" : "pending";
    await tx.audit({
      ...success(caller, known === undefined ? "command_request" : "command_request_again", {
        agentId: caller.agent.agent_id,
        projectName: asked.projectName,
        namespace: asked.namespace,
        resourcePath: id,
        details: { keys: asked.shown.keys, request_sha256: digest },
      }),
      status: status === "pending" ? "pending" : "success",
    });
    if (known === undefined) await tellPeople(tx, caller, asked, id);
    const { keys: names } = asked.shown;
    return { id, status, request_sha256: digest, names: [...names], unmatched: [...asked.unmatched] };
  }
}

/** The same request again is the same card, as long as it waits or still counts. */
async function findSame(tx: Tx, { agentRef, now, ...key }: Asked, digest: string) {
  const rows = await tx.db.selectFrom("command_grants").select(["id", "status"])
    .where("agent_ref", "=", agentRef).where("request_sha256", "=", digest)
    .where("status", "in", ["pending", "approved"]).execute();
  const live = liveGrants(await loadCommandGrants(tx.db, { agentRef, ...key }), now);
  return rows.find(({ id, status }) => status === "pending" || live.some((grant) => grant.id === id));
}

async function insertRequest(tx: Tx, caller: AgentCaller, asked: Asked, digest: string): Promise<string> {
  await checkRoom(tx, asked.agentRef);
  const id = randomUuid();
  const { agentRef, namespace, projectName, request, shown, now } = asked;
  await tx.db.insertInto("command_grants").values({
    id,
    agent_ref: agentRef,
    namespace,
    project_name: projectName,
    requested_keys: JSON.stringify(shown.keys),
    approved_keys: null,
    binding: JSON.stringify(shown.binding),
    request_sha256: digest,
    status: "pending",
    note: shown.note,
    uses_asked: shown.uses,
    seconds_asked: shown.seconds,
    uses_left: null,
    valid_until: null,
    last_used_at: null,
    requested_at: now,
    decided_at: null,
    decided_by: null,
    source_ip: caller.origin.sourceIp,
    hostname: request.hostname ?? null,
  }).execute();
  return id;
}

async function tellPeople(tx: Tx, caller: AgentCaller, asked: Asked, id: string): Promise<void> {
  await raiseEvent(tx, asked.now, {
    kind: "access_pending",
    namespace: asked.namespace,
    agentId: caller.agent.agent_id,
    projectName: asked.projectName,
    resourcePath: id,
    sourceIp: caller.origin.sourceIp,
    facts: { command_grant_id: id, keys: asked.shown.keys.length },
  });
}

async function checkRoom(tx: Tx, agentRef: string): Promise<void> {
  const { open } = await tx.db.selectFrom("command_grants").select(({ fn }) =>
    fn.countAll<number>().as("open")
  )
    .where("agent_ref", "=", agentRef).where("status", "=", "pending").executeTakeFirstOrThrow();
  if (open < MAX_OPEN_REQUESTS) return;
  const message = "This agent has too many requests waiting; have some of them decided first";
  throw new VaultError("request.rate_limited", message, { retryAfter: 60 });
}

function nothingToAsk(unmatched: readonly string[]): VaultError {
  return new VaultError(
    "command.nothing_to_ask",
    "The project grants none of these names to this agent; ask an admin to grant them first",
    { details: { unmatched } },
  );
}
