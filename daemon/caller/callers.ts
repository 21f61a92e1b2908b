/**
 * Who may use this daemon's identity: every verb that does anything in an agent's name asks here first. The server's list
 * of programs counts, which comes with each attestation, and what the host's owner added to it by
 * `CORTEX_ALLOWED_CALLERS`. Without both, any program of this user may.
 *
 * A program is told by the hash of its file, read through the kernel's link to it. What that does not stop: a program that
 * writes its request and then turns into an allowed one by executing it, and whoever starts an allowed program.
 */

import {
  type AllowedCaller,
  callerNotAllowed,
  type CallerRole,
  refusedRole,
} from "../../shared/caller/allowed_callers.ts";
import type { CallerParent } from "../../shared/caller/parents.ts";
import { SECOND } from "../../shared/clock.ts";
import { isStillThere, type Peer } from "../../shared/os/peer.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";
import type { SessionKeeper } from "../session.ts";
import type { Timers } from "../timers.ts";
import { parentsOf, startedAt } from "./parents.ts";

/** The program that calls. */
export interface KnownCaller {
  readonly pid: number;
  /** Of the program's file; undefined where the system does not show it. */
  readonly binarySha256: string | undefined;
  /** RFC 3339. */
  readonly started: string | undefined;
  /** Nearest first. */
  readonly parents: readonly CallerParent[];
  /** This host's list has the program. */
  readonly allowedByHost: boolean;
}

export interface CallersDeps {
  readonly sessions: Pick<SessionKeeper, "current" | "fresh">;
  readonly hashes: ProgramHashes;
  readonly timers: Timers;
  /** Hashes that this host's owner allows. */
  readonly local: readonly string[];
}

/** Before a program is refused, the list is asked for again where it is older: an admin may just have added it. */
const LIST_AGE = 10 * SECOND;

export class Callers {
  readonly #deps: CallersDeps;

  constructor(deps: CallersDeps) {
    this.#deps = deps;
  }

  /** @throws VaultError `client.caller_not_allowed`; why there is no session */
  async identify(peer: Peer): Promise<KnownCaller> {
    const caller = await this.#look(peer);
    const { sessions } = this.#deps;
    const session = await sessions.current();
    if (this.#refusedRole(caller, session.allowedCallers) === undefined) return caller;
    const { allowedCallers, login } = await sessions.fresh(LIST_AGE);
    const role = this.#refusedRole(caller, allowedCallers);
    if (role === undefined) return caller;
    throw callerNotAllowed(login.agentId, role, caller);
  }

  async #look(peer: Peer): Promise<KnownCaller> {
    const { hashes, timers, local } = this.#deps;
    const parents = await parentsOf({ hashes, clock: timers }, peer);
    const hash = await hashes.ofProcess(peer.pid);
    // Still there means that the number was its own all the while; gone, it may have been another's program.
    const binarySha256 = isStillThere(peer) ? hash : undefined;
    return {
      pid: peer.pid,
      binarySha256,
      started: startedAt(peer.startTime, timers),
      parents,
      allowedByHost: binarySha256 !== undefined && local.includes(binarySha256),
    };
  }

  #refusedRole(caller: KnownCaller, allowed: readonly AllowedCaller[]): CallerRole | undefined {
    const isHostsAlone = this.#deps.local.length > 0 && !allowed.some(({ role }) => role === "caller");
    if (isHostsAlone && !caller.allowedByHost) return "caller";
    return refusedRole(allowed, caller, caller.allowedByHost);
  }
}
