/**
 * Which programs may act for an agent: the program that talks to the daemon, and the programs among its parents. An
 * agent without a list may be used by any program of its user; a list of one kind says nothing about the other.
 */

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

/** What the server signs of a list: one text for one set of entries, whatever their order. */
export function callersText(allowed: readonly AllowedCaller[]): string {
  return allowed.map(({ sha256, role }) => `${role}:${sha256}`).sort().join(",");
}
