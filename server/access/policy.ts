/**
 * What policies let an agent have (section 7.2 of the wire contract). The subject is always the agent id, at discover
 * and at every read alike: a policy that only held at discover would not hold at all.
 */

import type { LeakReaction } from "../store/schema.ts";

/** A policy as it decides; patterns are matched case-sensitively. */
export interface Policy {
  readonly name: string;
  readonly agentPattern: string;
  readonly allowedPaths: readonly string[];
  readonly deniedPaths: readonly string[];
  /** When a program of the agent printed a value; `notify` where it is left out. */
  readonly onLeak?: LeakReaction;
  /** Its programs may print values as they are, where the caller asks for it; false where it is left out. */
  readonly allowsUnredacted?: boolean;
}

/** `policy` is the one that decided, or null where none had to. */
export type PolicyDecision =
  | { readonly allowed: true; readonly policy: string | null }
  | {
    readonly allowed: false;
    readonly policy: string | null;
    readonly reason: "path_denied" | "path_not_allowed";
  };

/** `*` matches everything, a trailing `*` any rest, anything else only itself; a `*` elsewhere is a plain character. */
export function matchesPattern(pattern: string, subject: string): boolean {
  return pattern.endsWith("*") ? subject.startsWith(pattern.slice(0, -1)) : subject === pattern;
}

/** The policies that speak of this agent. */
export function policiesOfAgent(policies: readonly Policy[], agentId: string): readonly Policy[] {
  return policies.filter((policy) => matchesPattern(policy.agentPattern, agentId));
}

/**
 * Whether an agent may have a key path, given {@linkcode policiesOfAgent}. A denial by any policy wins; where any policy
 * lists allowed paths, the path has to be among them; without policies everything that was granted is allowed.
 */
export function decidePath(applicable: readonly Policy[], keyPath: string): PolicyDecision {
  const denier = applicable.find(({ deniedPaths }) => matchesAny(deniedPaths, keyPath));
  if (denier !== undefined) return { allowed: false, policy: denier.name, reason: "path_denied" };
  const allower = applicable.find(({ allowedPaths }) => matchesAny(allowedPaths, keyPath));
  if (allower !== undefined) return { allowed: true, policy: allower.name };
  return applicable.every(({ allowedPaths }) => allowedPaths.length === 0)
    ? { allowed: true, policy: null }
    : { allowed: false, policy: null, reason: "path_not_allowed" };
}

const REACTIONS: readonly LeakReaction[] = ["notify", "revoke", "freeze"];

/** What follows when a program of the agent printed a value: the strongest that a policy asks for. */
export function reactionToLeak(applicable: readonly Policy[]): LeakReaction {
  const strongest = Math.max(0, ...applicable.map(({ onLeak = "notify" }) => REACTIONS.indexOf(onLeak)));
  return REACTIONS[strongest] ?? "notify";
}

/** Whether output may come through as it is. Nobody may by default: it takes a policy that says so. */
export function allowsUnredacted(applicable: readonly Policy[]): boolean {
  return applicable.some((policy) => policy.allowsUnredacted === true);
}

function matchesAny(patterns: readonly string[], keyPath: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, keyPath));
}
