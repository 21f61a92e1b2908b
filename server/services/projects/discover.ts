/**
 * `POST /agent/discover`: an agent that has proved itself asks for names and gets a project token whose scope is frozen,
 * or the news that a person has to decide first (sections 2.2 and 7 of the wire contract).
 *
 * Everything from reading grants to storing the token is one work of the ledger, so two discovers at the same moment
 * cannot both win. A project is bound to an agent only together with a key that a person approved for it.
 */

import type { DiscoverRequest, DiscoverResponse } from "../../../shared/api/discover.ts";
import { type Clock, formatTimestamp, type Instant, SECOND } from "../../../shared/clock.ts";
import { dotenvNames } from "../../../shared/dotenv.ts";
import { VaultError, wireCode } from "../../../shared/errors.ts";
import { parseProjectName } from "../../../shared/names.ts";
import { type ApprovalDecision, decideApproval, type ExemptKeys } from "../../access/approval.ts";
import { type CommandKeys, commandKeys } from "../../access/command_keys.ts";
import {
  type GrantedSecret,
  mapNames,
  type NameMapping,
  type RequestedNames,
  scopeOf,
} from "../../access/mapping.ts";
import { policiesOfAgent } from "../../access/policy.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import { alreadyAudited } from "../../audit/refusals.ts";
import type { AgentCaller } from "../../caller.ts";
import type { EmptyTokens } from "../../identity/empty_token.ts";
import { agentFrozen } from "../../identity/daemon_callers.ts";
import { projectFrozen } from "../../identity/project_callers.ts";
import { PROJECT_TOKEN_LIFE, signProjectToken } from "../../identity/project_token.ts";
import type { TokenSigner } from "../../identity/jwt.ts";
import type { SigningKeys } from "../../identity/signing_keys.ts";
import type { ProjectTable } from "../../store/schema.ts";
import type { Selectable } from "kysely";
import { type AccessKey, loadCommandGrants, loadGrants, loadHistory, loadPolicies } from "./access_facts.ts";
import { isAgentFrozen } from "../agents/agent_rows.ts";
import { alarmForNames } from "../release/decoys.ts";
import { recordRequest } from "../approvals/access_requests.ts";
import { type IssuedToken, issueToken } from "./project_issue.ts";
import { success } from "../success.ts";

export interface DiscoverDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signingKeys: SigningKeys;
  readonly emptyTokens: EmptyTokens;
}

/** A refusal is handed out of the work instead of thrown: what was recorded on the way has to stay. */
type Outcome =
  | {
    readonly ok: true;
    readonly mapping: NameMapping;
    readonly withheld: Withheld;
    readonly token: IssuedToken;
  }
  | { readonly ok: false; readonly error: VaultError };

type Withheld = NonNullable<DiscoverResponse["withheld_keys"]>;

/** What is asked, once its form is checked. */
interface Asked extends AccessKey {
  readonly names: RequestedNames;
  readonly regenerate: boolean;
  /** Approvals of single commands are not enough. */
  readonly anyCommand: boolean;
  /** The key for the signed form, where one is asked for: the same in the token's row and in the token. */
  readonly signer: TokenSigner | undefined;
}

export class DiscoverService {
  readonly #deps: DiscoverDeps;

  constructor(deps: DiscoverDeps) {
    this.#deps = deps;
  }

  /** @throws VaultError `grant.pending`, `grant.denied`, `project.*`, `request.invalid`, `proof.invalid` for a decoy */
  async discover(caller: AgentCaller, request: DiscoverRequest): Promise<DiscoverResponse> {
    const signer = request.signed_token === true ? this.#deps.signingKeys.current : undefined;
    const asked = { ...toAsked(caller, request), signer };
    const outcome = await this.#deps.ledger.commit((tx) => this.#decide(tx, caller, asked));
    if (!outcome.ok) throw outcome.error;
    return await answer(caller, asked, outcome);
  }

  async #decide(tx: Tx, caller: AgentCaller, asked: Asked): Promise<Outcome> {
    const now = this.#deps.clock.now();
    if (await isAgentFrozen(tx.db, asked.agentRef)) return { ok: false, error: agentFrozen() };
    const policies = policiesOfAgent(await loadPolicies(tx.db), caller.agent.agent_id);
    const grants = await loadGrants(tx.db, asked);
    const { values } = asked.names;
    const names = values === "all_granted" ? [] : values;
    const alarm = await alarmForNames(tx, caller, { projectName: asked.projectName, names, grants, now });
    if (alarm !== undefined) return { ok: false, error: alarm };
    const mapping = mapNames(asked.names, grants, policies);
    const project = await findProject(tx, asked);
    const refusal = checkProject(project, asked);
    if (refusal !== undefined) return { ok: false, error: await recordRefusal(tx, caller, asked, refusal) };
    const exempt = exemptKeys(grants, commandKeys(await loadCommandGrants(tx.db, asked), now), asked);
    const decision = decideApproval(await loadHistory(tx.db, asked), scopeOf(mapping.mapped), now, exempt);
    switch (decision.kind) {
      case "pending":
        return { ok: false, error: await recordRequest(tx, caller, { asked, decision, now }) };
      case "denied":
        return {
          ok: false,
          error: await recordRefusal(tx, caller, asked, noAccess(caller, asked, decision)),
        };
      case "nothing_asked": {
        const owned = project !== undefined && project.agent_ref === asked.agentRef;
        if (owned) return await this.#issue(tx, caller, { asked, project, mapping, withheld: [], now });
        return { ok: true, mapping, withheld: [], token: await this.#issueEmpty(tx, caller, asked, now) };
      }
      case "granted": {
        const reasons = new Map(decision.withheld.map(({ keyPath, reason }) => [keyPath, reason]));
        const withheld = mapping.mapped.flatMap(({ name, keyPath }) => {
          const reason = reasons.get(keyPath);
          return reason === undefined ? [] : [{ name, key_path: keyPath, reason }];
        });
        return await this.#issue(tx, caller, {
          asked,
          project,
          mapping: without(mapping, withheld),
          withheld,
          now,
        });
      }
    }
  }

  async #issue(
    tx: Tx,
    caller: AgentCaller,
    { asked, project, mapping, withheld, now }: {
      readonly asked: Asked;
      readonly project: Selectable<ProjectTable> | undefined;
      readonly mapping: NameMapping;
      readonly withheld: Withheld;
      readonly now: Instant;
    },
  ): Promise<Outcome> {
    const { regenerate, signer } = asked;
    const token = await issueToken(tx, caller, {
      key: asked,
      project,
      mapped: mapping.mapped,
      regenerate,
      signedKid: signer?.kid ?? null,
      now,
    });
    return { ok: true, mapping, withheld, token };
  }

  async #issueEmpty(tx: Tx, caller: AgentCaller, asked: Asked, now: Instant): Promise<IssuedToken> {
    const { projectName, namespace, agentRef } = asked;
    await tx.audit(success(caller, "discover", {
      agentId: caller.agent.agent_id,
      projectName,
      namespace,
      resourcePath: projectName,
      details: { keys: [] },
    }));
    const text = this.#deps.emptyTokens.issue(agentRef, projectName);
    return { id: null, text, scope: [], issuedAt: now, expiresAt: now + PROJECT_TOKEN_LIFE };
  }
}

async function answer(
  caller: AgentCaller,
  asked: Asked,
  { mapping, withheld, token }: Extract<Outcome, { ok: true }>,
): Promise<DiscoverResponse> {
  const unmatched = [...mapping.unmatched];
  const signed = await signedForm(caller, asked, token);
  return {
    mapped_keys: Object.fromEntries(mapping.mapped.map(({ name, keyPath }) => [name, keyPath])),
    full_matched: mapping.mapped.length > 0 && unmatched.length === 0,
    project_token: token.text,
    token_expires_at: formatTimestamp(token.expiresAt),
    token_ttl_seconds: PROJECT_TOKEN_LIFE / SECOND,
    unmatched_keys: unmatched,
    namespace: asked.namespace,
    scope: [...token.scope],
    ...(signed === undefined ? {} : { signed_project_token: signed }),
    ...(withheld.length === 0 ? {} : { withheld_keys: withheld }),
  };
}

/** Beside the opaque form of a token that has a row; revoking the row ends both. */
async function signedForm(
  caller: AgentCaller,
  { signer, projectName, namespace }: Asked,
  { id: jti, scope, issuedAt }: IssuedToken,
): Promise<string | undefined> {
  if (signer === undefined || jti === null) return undefined;
  const agentId = caller.agent.agent_id;
  return await signProjectToken(signer, { jti, projectName, namespace, agentId, scope, issuedAt });
}

/** @throws VaultError `request.invalid` */
function toAsked(caller: AgentCaller, request: DiscoverRequest): Omit<Asked, "signer"> {
  const { project_name, file_content, all_granted, ssh_keys, any_command } = request.context;
  return {
    agentRef: caller.agent.id,
    namespace: caller.agent.namespace,
    projectName: parseProjectName(project_name),
    names: {
      values: all_granted === true ? "all_granted" : dotenvNames(file_content),
      sshKeys: ssh_keys === true,
    },
    regenerate: request.regenerate_token ?? false,
    anyCommand: any_command ?? false,
  };
}

function findProject(tx: Tx, { namespace, projectName }: AccessKey) {
  return tx.db.selectFrom("projects").selectAll()
    .where("namespace", "=", namespace).where("project_name", "=", projectName).executeTakeFirst();
}

/** A project whose agent was deleted is free: the next agent that a person approves for it gets it. */
function checkProject(
  project: Selectable<ProjectTable> | undefined,
  { agentRef }: AccessKey,
): VaultError | undefined {
  if (project === undefined) return undefined;
  if (project.agent_ref !== null && project.agent_ref !== agentRef) {
    return new VaultError(
      "project.agent_mismatch",
      "This project belongs to another agent; use another project name, or ask an admin to rebind it",
    );
  }
  return project.frozen_at === null ? undefined : projectFrozen();
}

/** A key that only commands get needs no approval of the project, and has none to wait for. */
function exemptKeys(
  grants: readonly GrantedSecret[],
  { any }: CommandKeys,
  { anyCommand }: Pick<Asked, "anyCommand">,
): ExemptKeys {
  const bound = grants.flatMap(({ bound, keyPath }) => bound === 1 ? [keyPath] : []);
  return {
    commands: anyCommand ? new Set(bound.filter((keyPath) => any.has(keyPath))) : any,
    unapproved: new Set(bound.filter((keyPath) => !any.has(keyPath))),
  };
}

function noAccess(
  caller: AgentCaller,
  asked: AccessKey,
  { withheld }: Extract<ApprovalDecision, { kind: "denied" }>,
): VaultError {
  const forCommands = withheld.filter(({ reason }) => reason === "command_required");
  if (forCommands.length === 0) return accessDenied(caller, asked);
  return new VaultError(
    "command.required",
    "What this project has is given to approved commands only; ask for yours with cortex run --request",
    { details: { project_name: asked.projectName, keys: forCommands.map(({ keyPath }) => keyPath) } },
  );
}

function accessDenied(caller: AgentCaller, { projectName }: AccessKey): VaultError {
  return new VaultError(
    "grant.denied",
    "Access to what this project asks for was denied; ask an admin to review it",
    {
      details: { agent_id: caller.agent.agent_id, project_name: projectName },
    },
  );
}

/** The row names the agent, which the adapter, knowing nobody on this route, could not. */
async function recordRefusal(
  tx: Tx,
  caller: AgentCaller,
  asked: Asked,
  error: VaultError,
): Promise<VaultError> {
  const { projectName, namespace } = asked;
  const facts = { agentId: caller.agent.agent_id, projectName, namespace, resourcePath: projectName };
  const details = { code: wireCode(error.code) };
  await tx.audit({ ...success(caller, "discover_denied", { ...facts, details }), status: "denied" });
  return alreadyAudited(error);
}

/** Names that a person kept back are no longer mapped. */
function without(mapping: NameMapping, withheld: Withheld): NameMapping {
  const names = new Set(withheld.map(({ name }) => name));
  return {
    mapped: mapping.mapped.filter(({ name }) => !names.has(name)),
    unmatched: [...mapping.unmatched, ...names],
  };
}
