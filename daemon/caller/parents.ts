/**
 * The processes above a caller, as far as they are this user's: the shell, the agent that started it, what started that.
 *
 * A process that ends hands its children to another parent, and its number to somebody else. So a parent counts once its
 * start time is read and the child, still the same process, still names it: then it lived all the while.
 */

import { type CallerParent, MAX_PARENTS, printableName } from "../../shared/caller/parents.ts";
import type { Clock } from "../../shared/clock.ts";
import { libc } from "../../shared/os/libc.ts";
import type { Peer } from "../../shared/os/peer.ts";
import { parentOf, programNameOf, startInstant, startTimeOf, userOf } from "../../shared/os/proc.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";

/** A process for good: its number alone may be another's tomorrow. */
type OneProcess = Pick<Peer, "pid" | "startTime">;

export interface ParentDeps {
  readonly hashes: ProgramHashes;
  readonly clock: Clock;
}

/** Nearest first; ends at another user's process, at the first process, or where the system does not tell. */
export async function parentsOf(deps: ParentDeps, caller: OneProcess): Promise<readonly CallerParent[]> {
  const parents: CallerParent[] = [];
  for (let child = caller; parents.length < MAX_PARENTS;) {
    const parent = provenParent(child);
    if (parent === undefined) break;
    parents.push(await describe(deps, parent));
    child = parent;
  }
  return parents;
}

/** When a process started, as RFC 3339 in whole seconds. */
export function startedAt(startTime: string, clock: Clock): string | undefined {
  const instant = startInstant(startTime, clock.now());
  return instant === undefined ? undefined : `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function provenParent(child: OneProcess): OneProcess | undefined {
  const pid = parentOf(child.pid);
  const startTime = pid === undefined ? undefined : startTimeOf(pid);
  if (pid === undefined || startTime === undefined) return undefined;
  if (userOf(pid) !== libc().posix.geteuid()) return undefined;
  const isStill = parentOf(child.pid) === pid && startTimeOf(child.pid) === child.startTime;
  return isStill ? { pid, startTime } : undefined;
}

async function describe(
  { hashes, clock }: ParentDeps,
  { pid, startTime }: OneProcess,
): Promise<CallerParent> {
  const name = programNameOf(pid) ?? "";
  const hash = await hashes.ofProcess(pid);
  const started = startedAt(startTime, clock);
  // Another start time by now: name and hash may be those of the number's next process.
  const isSame = startTimeOf(pid) === startTime;
  return {
    pid,
    name: isSame ? printableName(name) : "",
    ...(isSame && hash !== undefined ? { sha256: hash } : {}),
    ...(started === undefined ? {} : { started }),
  };
}
