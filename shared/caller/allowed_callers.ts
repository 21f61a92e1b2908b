/**
 * Which programs may act for an agent: the program that talks to the daemon, and the programs among its parents. An
 * agent without a list may be used by any program of its user; a list of one kind says nothing about the other.
 */

import { VaultError } from "../errors.ts";

/** `caller` connects to the daemon's socket; `parent` is anywhere above it, as the agent's own program is. */
export const CALLER_ROLES = ["caller", "parent"] as const;
export type CallerRole = typeof CALLER_ROLES[number];

/** Entries of one agent: more is no list that somebody looks after. */
export const MAX_ALLOWED_CALLERS = 128;

export interface AllowedCaller {
  /** Lowercase hex SHA-256 of the program's file. */
  readonly sha256: string;
  readonly role: CallerRole;
}

/** The program that calls, as far as it could be seen. */
export interface SeenCaller {
  readonly binarySha256: string | undefined;
  readonly parents: readonly { readonly sha256?: string | undefined }[];
}

/**
 * In which role the caller is not allowed; undefined where it is. What could not be seen is not allowed. `byHost`: the
 * host's own list has the calling program.
 */
export function refusedRole(
  allowed: readonly AllowedCaller[],
  { binarySha256, parents }: SeenCaller,
  byHost: boolean,
): CallerRole | undefined {
  const isListed = (role: CallerRole, sha256: string | undefined) =>
    allowed.some((entry) => entry.role === role && entry.sha256 === sha256);
  const isLimited = (role: CallerRole) => allowed.some((entry) => entry.role === role);
  if (isLimited("caller") && !byHost && !isListed("caller", binarySha256)) return "caller";
  if (isLimited("parent") && !parents.some(({ sha256 }) => isListed("parent", sha256))) return "parent";
  return undefined;
}

/** The refusal: which program, which agent, and how an admin allows it. The hash is the caller's own, and no secret. */
export function callerNotAllowed(agentId: string, role: CallerRole, seen: SeenCaller): VaultError {
  const { binarySha256, parents } = seen;
  const sha256 = role === "caller" ? binarySha256 : parents.find((parent) => parent.sha256)?.sha256;
  const which = sha256 === undefined ? "its file could not be read" : `SHA-256 ${sha256}`;
  const what = role === "caller"
    ? `This program (${which}) is not on the list of agent ${agentId}`
    : `No program above this one is on the list of agent ${agentId} (the nearest: ${which})`;
  const add = `cortex admin agents callers add ${agentId}${role === "parent" ? " --parent" : ""}`;
  return new VaultError(
    "client.caller_not_allowed",
    `${what}; use a program that is, or have an admin allow it: ${add} --sha256 ${sha256 ?? "HASH"}`,
    { details: { agent_id: agentId, role, sha256: sha256 ?? null } },
  );
}

/** What the server signs of a list: one text for one set of entries, whatever their order. */
export function callersText(allowed: readonly AllowedCaller[]): string {
  return allowed.map(({ sha256, role }) => `${role}:${sha256}`).sort().join(",");
}
