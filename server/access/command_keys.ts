/**
 * Which key paths approvals of single commands open. Such an approval is no approval of the project: it lets a key into a
 * token's scope, and out of the vault only for a command that is the approved one.
 */

import type { CommandBinding, CommandFacts } from "../../shared/api/command.ts";
import { type CommandPart, mismatches } from "../../shared/command/binding.ts";
import type { Instant } from "../../shared/clock.ts";

/** An approved request for a command. */
export interface CommandGrant {
  readonly id: string;
  readonly binding: CommandBinding;
  readonly approvedKeys: readonly string[];
  /** Null for as often as wanted. */
  readonly usesLeft: number | null;
  readonly validUntil: Instant;
}

export interface CommandKeys {
  /** Key paths that some command may have. */
  readonly any: ReadonlySet<string>;
  /** Key paths that this command may have. */
  readonly present: ReadonlySet<string>;
  /** Key paths that some command had or may have. */
  readonly ever: ReadonlySet<string>;
}

export const NO_COMMANDS: CommandKeys = { any: new Set(), present: new Set(), ever: new Set() };

/** Those that still count: neither over nor used up. */
export function liveGrants(grants: readonly CommandGrant[], now: Instant): readonly CommandGrant[] {
  return grants.filter(({ usesLeft, validUntil }) => validUntil > now && usesLeft !== 0);
}

/** Those that are about this very command; none for a command that nobody told of. */
export function grantsFor(
  grants: readonly CommandGrant[],
  command: CommandFacts | null,
): readonly CommandGrant[] {
  if (command === null) return [];
  return grants.filter(({ binding }) => mismatches(binding, command).length === 0);
}

/** What grants come to at a time, for a command or for none. */
export function commandKeys(
  grants: readonly CommandGrant[],
  now: Instant,
  command: CommandFacts | null = null,
): CommandKeys {
  const live = liveGrants(grants, now);
  return { any: keysOf(live), present: keysOf(grantsFor(live, command)), ever: keysOf(grants) };
}

/** The grant that a command comes closest to, and the parts that keep it from being it. */
export interface NearMiss {
  readonly grant: CommandGrant;
  readonly parts: readonly CommandPart[];
}

/** Of the grants that could give any of these keys. */
export function nearestMiss(
  grants: readonly CommandGrant[],
  command: CommandFacts,
  keyPaths: readonly string[],
): NearMiss | undefined {
  const wanted = new Set(keyPaths);
  return grants.filter(({ approvedKeys }) => approvedKeys.some((key) => wanted.has(key)))
    .map((grant) => ({ grant, parts: mismatches(grant.binding, command) }))
    .sort((left, right) => left.parts.length - right.parts.length).at(0);
}

function keysOf(grants: readonly CommandGrant[]): ReadonlySet<string> {
  return new Set(grants.flatMap(({ approvedKeys }) => approvedKeys));
}
