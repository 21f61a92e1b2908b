/**
 * What a project token gives at one read. Its scope was frozen when it was issued; that it may still be used is decided
 * anew each time: the grant exists, a policy allows the agent, a person's approval stands. What does not pass is named
 * with its reason, never silently left out.
 */

import type { Instant } from "../../shared/clock.ts";
import { type AccessRequest, approvalStates, type KeyState, type WithheldReason } from "./approval.ts";
import type { GrantedSecret, MappedName } from "./mapping.ts";
import { decidePath, type Policy } from "./policy.ts";

/** Why a name of the frozen scope brings no value. */
export type ReleaseRefusal = "grant_removed" | "denied_by_policy" | WithheldReason | "approval_removed";

export interface ReleaseInput<Granted extends GrantedSecret> {
  /** Names and key paths as they were frozen. */
  readonly mapped: readonly MappedName[];
  /** Key paths that the token may read; a mapping outside it is not delivered. */
  readonly scope: readonly string[];
  readonly grants: readonly Granted[];
  /** Those that speak of the agent. */
  readonly policies: readonly Policy[];
  /** The agent's requests for this project. */
  readonly history: readonly AccessRequest[];
  /** An approval has to have counted then; that its term ended since does not cut a token short. */
  readonly issuedAt: Instant;
}

export interface ReleasedName<Granted extends GrantedSecret> {
  readonly name: string;
  readonly grant: Granted;
}

export interface WithheldName {
  readonly name: string;
  readonly reason: ReleaseRefusal;
}

export interface Release<Granted extends GrantedSecret> {
  readonly released: readonly ReleasedName<Granted>[];
  readonly withheld: readonly WithheldName[];
}

/** Decides name by name. */
export function decideRelease<Granted extends GrantedSecret>(input: ReleaseInput<Granted>): Release<Granted> {
  const byName = new Map(input.grants.map((grant) => [grant.effectiveName, grant]));
  const approvals = approvalStates(input.history, input.scope, input.issuedAt);
  const released: ReleasedName<Granted>[] = [];
  const withheld: WithheldName[] = [];
  for (const { name, keyPath } of input.mapped) {
    const grant = byName.get(name.toUpperCase());
    // A grant that now gives the name to another secret is not the one that was approved.
    if (grant === undefined || grant.keyPath !== keyPath) withheld.push({ name, reason: "grant_removed" });
    else {
      const reason = refusal(input.policies, keyPath, approvals.get(keyPath));
      if (reason === undefined) released.push({ name, grant });
      else withheld.push({ name, reason });
    }
  }
  return { released, withheld };
}

/**
 * The names that a new discover would bring, or ask a person for, and the token lacks: a value is granted and allowed that
 * is outside its scope and that nobody has decided about, or that was approved since.
 */
export function namesToDiscover(
  input: Omit<ReleaseInput<GrantedSecret>, "mapped" | "issuedAt">,
  now: Instant,
): string[] {
  const outside = input.grants.filter(({ keyPath, secretType, decoy }) =>
    secretType !== "TEMPLATE_CONFIG" && decoy !== 1 && !input.scope.includes(keyPath) &&
    decidePath(input.policies, keyPath).allowed
  );
  const states = approvalStates(input.history, outside.map(({ keyPath }) => keyPath), now);
  const isOpen = ({ keyPath }: GrantedSecret) =>
    states.get(keyPath) === "undecided" || states.get(keyPath) === "approved";
  return outside.filter(isOpen).map(({ effectiveName }) => effectiveName).sort();
}

/** A key outside the scope has no state: it was never approved for this token. */
function refusal(
  policies: readonly Policy[],
  keyPath: string,
  approval: KeyState | undefined,
): ReleaseRefusal | undefined {
  if (!decidePath(policies, keyPath).allowed) return "denied_by_policy";
  if (approval === "approved") return undefined;
  return approval === undefined || approval === "undecided" ? "approval_removed" : approval;
}
