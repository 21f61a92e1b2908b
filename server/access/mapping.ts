/**
 * Which of the names that an agent asks for stand for which granted secrets (section 7.1 of the wire contract). Only an
 * explicit grant gives a name a meaning: nothing is guessed from the name of a secret.
 */

import type { Delivery, SecretType } from "../store/schema.ts";
import { decidePath, type Policy } from "./policy.ts";

/** A grant of a secret to a project, inside one namespace. */
export interface GrantedSecret {
  readonly secretId: string;
  readonly keyPath: string;
  readonly secretType: SecretType;
  /** The name it is delivered under, upper case; unique in its project. */
  readonly effectiveName: string;
  /** 1 for a decoy: bait for whoever names it, and in no list of what there is. */
  readonly decoy?: number;
  /** `env` where it is left out. */
  readonly delivery?: Delivery;
  /** 1 for a value that only approved commands get. */
  readonly bound?: number;
}

export interface RequestedNames {
  /** As the caller spells them, or every granted value. */
  readonly values: readonly string[] | "all_granted";
  /** Every granted SSH key as well. */
  readonly sshKeys: boolean;
}

export interface MappedName {
  /** As the caller spells it. */
  readonly name: string;
  readonly keyPath: string;
}

export interface NameMapping {
  readonly mapped: readonly MappedName[];
  /** Names without a grant, or whose secret a policy keeps from this agent. */
  readonly unmatched: readonly string[];
}

/** Maps names; `policies` are those that speak of the agent (`policiesOfAgent`). Repeated names count once. */
export function mapNames(
  requested: RequestedNames,
  grants: readonly GrantedSecret[],
  policies: readonly Policy[],
): NameMapping {
  const byName = new Map(grants.map((grant) => [grant.effectiveName, grant]));
  const values = requested.values === "all_granted" ? namesOf(grants, isDeliverable) : requested.values;
  const names = new Set([...values, ...(requested.sshKeys ? namesOf(grants, isSshKey) : [])]);
  const mapped: MappedName[] = [];
  const unmatched: string[] = [];
  for (const name of names) {
    const grant = byName.get(name.toUpperCase());
    if (grant === undefined || !decidePath(policies, grant.keyPath).allowed) unmatched.push(name);
    else mapped.push({ name, keyPath: grant.keyPath });
  }
  return { mapped, unmatched };
}

/** The key paths behind names: sorted, each once. */
export function scopeOf(mapped: readonly MappedName[]): readonly string[] {
  return [...new Set(mapped.map(({ keyPath }) => keyPath))].sort();
}

/** Templates and keys are not values of the environment: nobody who asks for "everything" means them. */
export function isDeliverable({ secretType }: GrantedSecret): boolean {
  return secretType !== "TEMPLATE_CONFIG" && secretType !== "SSH_KEY";
}

function isSshKey({ secretType }: GrantedSecret): boolean {
  return secretType === "SSH_KEY";
}

function namesOf(grants: readonly GrantedSecret[], wanted: (grant: GrantedSecret) => boolean): string[] {
  return grants.filter((grant) => grant.decoy !== 1 && wanted(grant)).map(({ effectiveName }) =>
    effectiveName
  ).sort();
}
