/**
 * A program printed a value that it was given. The daemon replaced it before the agent saw it, so nothing is lost; but it
 * is written down and people are told, and a policy may go further: end the project's tokens, or freeze the agent.
 */

import type { LeakReport, LeakReportAnswer } from "../../../shared/api/leaks.ts";
import type { Clock } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import { policiesOfAgent, reactionToLeak } from "../../access/policy.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { ProjectCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { LeakReaction } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import { loadPolicies } from "../projects/access_facts.ts";
import type { ServiceDeps } from "../deps.ts";
import { readMap } from "../json_columns.ts";
import type { TokenHolder } from "./project_release.ts";
import { holdsToken } from "./project_delivery.ts";
import { endProjectTokens, freezeAgent } from "../projects/revocation.ts";
import { success } from "../success.ts";

const FROZEN_BY_LEAK = "a program printed a value";

export class ProjectLeakService {
  readonly #store: Pick<Store, "reader">;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws VaultError `request.invalid` for a name that is none of the token's */
  async report(caller: ProjectCaller, report: LeakReport): Promise<LeakReportAnswer> {
    if (!holdsToken(caller) || !areOfToken(caller, report)) {
      throw new VaultError("request.invalid", "The report names a value that this token does not give");
    }
    const policies = policiesOfAgent(await loadPolicies(this.#store.reader), caller.agent.agent_id);
    const reaction = reactionToLeak(policies);
    await this.#ledger.commit((tx) => this.#record(tx, caller, report, reaction));
    return { reaction };
  }

  async #record(tx: Tx, caller: TokenHolder, report: LeakReport, reaction: LeakReaction): Promise<void> {
    const { agent, projectName, token } = caller;
    const at = this.#clock.now();
    const names = [...new Set(report.leaks.map(({ name }) => name))].sort();
    const times = report.leaks.reduce((sum, leak) => sum + leak.times, 0);
    const entry = success(caller, "leak_prevented", {
      agentId: agent.agent_id,
      projectName,
      namespace: agent.namespace,
      resourcePath: report.program,
      details: {
        leaks: report.leaks.map(({ name, stream, times }) => `${name}:${stream}:${times}`),
        reaction,
        token_id: token.id,
      },
    });
    await tx.audit({ ...entry, status: "alarm" });
    const about = {
      namespace: agent.namespace,
      agentId: agent.agent_id,
      projectName,
      sourceIp: caller.origin.sourceIp,
    };
    const facts = { names: names.join(", "), times, reaction };
    await raiseEvent(tx, at, { ...about, kind: "leak_prevented", resourcePath: report.program, facts });
    if (reaction === "notify") return;
    await endProjectTokens(tx, { projectRef: token.projectRef }, { at, reason: "leak" });
    if (reaction === "freeze" && await freezeAgent(tx, agent.id, { at, reason: FROZEN_BY_LEAK })) {
      await raiseEvent(tx, at, { ...about, kind: "agent_frozen", facts: { reason: FROZEN_BY_LEAK } });
    }
  }
}

/** Names come from a daemon: only those that the vault gave it are written down. */
function areOfToken({ token }: TokenHolder, { leaks }: LeakReport): boolean {
  const names = readMap(token.envMappings);
  return leaks.every(({ name }) => Object.hasOwn(names, name));
}
