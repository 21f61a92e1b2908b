/**
 * What a project token gives at one read. Its scope was frozen when it was issued; that it may still be used is decided
 * anew each time: the grant exists, a policy allows the agent, a person's approval stands. What does not pass is named
 * with its reason, never silently left out.
 */

import type { Instant } from "../../shared/clock.ts";
import { type AccessRequest, approvalStates, type KeyState, type WithheldReason } from "./approval.ts";
import { type GrantedSecret, isDeliverable, type MappedName } from "./mapping.ts";
import { type CommandKeys, NO_COMMANDS } from "./command_keys.ts";
import { decidePath, type Policy } from "./policy.ts";

/** Why a name of the frozen scope brings no value. */
export type ReleaseRefusal =
  | "grant_removed"
  | "denied_by_policy"
  | "command_bound"
  | "approval_removed"
  | WithheldReason;

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
  /** When approvals for a short term have to count; `issuedAt`, unless told. */
  readonly now?: Instant;
  /** What approved commands may have, and what this one may; nothing unless told. */
  readonly commands?: CommandKeys;
}

export interface ReleasedName<Granted extends GrantedSecret> {
  readonly name: string;
  readonly grant: Granted;
  /** It rests on the approval of a single command, not on one of the project. */
  readonly byCommand: boolean;
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
  const approvals = approvalStates(input.history, input.scope, input.issuedAt, input.now);
  const released: ReleasedName<Granted>[] = [];
  const withheld: WithheldName[] = [];
  for (const { name, keyPath } of input.mapped) {
    const grant = byName.get(name.toUpperCase());
    // A grant that now gives the name to another secret is not the one that was approved.
    if (grant === undefined || grant.keyPath !== keyPath) withheld.push({ name, reason: "grant_removed" });
    else {
      const verdict = judge(input, grant, approvals.get(keyPath));
      if (verdict === "approved" || verdict === "by_command") {
        released.push({ name, grant, byCommand: verdict === "by_command" });
      } else withheld.push({ name, reason: verdict });
    }
  }
  return { released, withheld };
}

/**
 * The names that a new discover would bring, or ask a person for, and the token lacks: a value is granted and allowed that
 * is outside its scope and that nobody has decided about, or that was approved since. SSH keys are none: no discover for
 * values brings them, and a token would be replaced at every run for the sake of one.
 */
export function namesToDiscover(
  input: Omit<ReleaseInput<GrantedSecret>, "mapped" | "issuedAt" | "now">,
  now: Instant,
): string[] {
  const { any } = input.commands ?? NO_COMMANDS;
  const outside = input.grants.filter((grant) =>
    isDeliverable(grant) && grant.decoy !== 1 && !input.scope.includes(grant.keyPath) &&
    decidePath(input.policies, grant.keyPath).allowed
  );
  const states = approvalStates(input.history, outside.map(({ keyPath }) => keyPath), now);
  const isOpen = ({ keyPath, bound }: GrantedSecret) =>
    any.has(keyPath) ||
    bound !== 1 && (states.get(keyPath) === "undecided" || states.get(keyPath) === "approved");
  return outside.filter(isOpen).map(({ effectiveName }) => effectiveName).sort();
}

/** Why names that no token was given for bring nothing, as far as a person or a policy decided it. Decoys are in no list. */
export function keptBack(
  { names, grants, policies, history }:
    & Pick<ReleaseInput<GrantedSecret>, "grants" | "policies" | "history">
    & {
      readonly names: readonly string[];
    },
  now: Instant,
): WithheldName[] {
  const byName = new Map(
    grants.filter(({ decoy }) => decoy !== 1).map((grant) => [grant.effectiveName, grant]),
  );
  const states = approvalStates(history, grants.map(({ keyPath }) => keyPath), now);
  return names.flatMap((name): WithheldName[] => {
    const grant = byName.get(name.toUpperCase());
    if (grant === undefined) return [];
    if (!decidePath(policies, grant.keyPath).allowed) return [{ name, reason: "denied_by_policy" }];
    const state = states.get(grant.keyPath);
    return state === "denied" || state === "not_approved" ? [{ name, reason: state }] : [];
  });
}

/** A key outside the scope has no state: it was never approved for this token. */
function judge(
  { policies, commands = NO_COMMANDS }: Pick<ReleaseInput<GrantedSecret>, "policies" | "commands">,
  { keyPath, bound }: GrantedSecret,
  approval: KeyState | undefined,
): ReleaseRefusal | "approved" | "by_command" {
  if (!decidePath(policies, keyPath).allowed) return "denied_by_policy";
  if (bound !== 1 && approval === "approved") return "approved";
  if (approval !== undefined && commands.present.has(keyPath)) return "by_command";
  if (bound === 1) return "command_bound";
  if (commands.ever.has(keyPath)) return "command_bound";
  return approval === "denied" || approval === "not_approved" ? approval : "approval_removed";
}
