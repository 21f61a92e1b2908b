/**
 * What people may do: rights, and the roles that give them. This table is the whole of it; the access table names the right of
 * each route, and a right counts only in the namespaces that its role was given for.
 */

/** Where a right counts: in namespaces, for the vault as a whole, or for one's own account. */
export type RightScope = "namespace" | "vault" | "self";

interface RightRow {
  readonly scope: RightScope;
  readonly summary: string;
}

export const RIGHTS = {
  "metadata.read": { scope: "namespace", summary: "See names, states and uses; no values" },
  "audit.read": { scope: "namespace", summary: "Read the audit log" },
  "secret.read": { scope: "namespace", summary: "Read values" },
  "secret.write": { scope: "namespace", summary: "Store, change, roll back and delete secrets" },
  "access.write": {
    scope: "namespace",
    summary: "Register, freeze and delete agents and projects; grant secrets; end sessions and tokens",
  },
  "access.decide": { scope: "namespace", summary: "Approve and deny devices, first accesses and commands" },
  "vault.read": { scope: "vault", summary: "See policies, daemons, channels, keys and proofs of the log" },
  "vault.manage": {
    scope: "vault",
    summary: "Change policies, namespaces, daemons, channels and keys; share, back up and seal",
  },
  "people.manage": { scope: "vault", summary: "Invite people, give roles, end their sessions" },
  "self": { scope: "self", summary: "Look after one's own account" },
} as const satisfies Readonly<Record<string, RightRow>>;

export type Right = keyof typeof RIGHTS;

export const ALL_RIGHTS = Object.keys(RIGHTS) as readonly Right[];

interface RoleRow {
  readonly summary: string;
  readonly rights: readonly Right[];
}

export const ROLES = {
  "super-admin": { summary: "Everything", rights: ALL_RIGHTS },
  "namespace-admin": {
    summary: "Everything within its namespaces",
    rights: [
      "metadata.read",
      "audit.read",
      "secret.read",
      "secret.write",
      "access.write",
      "access.decide",
      "vault.read",
      "self",
    ],
  },
  "approver": {
    summary: "Approves and denies devices and accesses",
    rights: ["metadata.read", "access.decide", "self"],
  },
  "auditor": {
    summary: "Reads the log and metadata, no value",
    rights: ["metadata.read", "audit.read", "vault.read", "self"],
  },
} as const satisfies Readonly<Record<string, RoleRow>>;

export type Role = keyof typeof ROLES;

export const ALL_ROLES = Object.keys(ROLES) as readonly Role[];

/** Namespaces in which something counts. */
export type Reach = "everywhere" | ReadonlySet<string>;

/** A role of a person, in some namespaces or (`null`) in all. */
export interface RoleAssignment {
  readonly role: Role;
  readonly namespaces: readonly string[] | null;
}

/** Rights and where each of them counts. A right that is missing is not there anywhere. */
export type Rights = ReadonlyMap<Right, Reach>;

/** What the holder of the admin token may do. */
export const EVERY_RIGHT: Rights = new Map(ALL_RIGHTS.map((right) => [right, "everywhere"]));

/** All that roles give together. A right over the whole vault comes only with a role in all namespaces. */
export function rightsOf(assignments: readonly RoleAssignment[]): Rights {
  const rights = new Map<Right, Reach>([["self", "everywhere"]]);
  for (const { role, namespaces } of assignments) {
    for (const right of ROLES[role].rights) {
      const reach = reachOf(right, namespaces);
      if (reach !== undefined) rights.set(right, union(rights.get(right), reach));
    }
  }
  return rights;
}

function reachOf(right: Right, namespaces: readonly string[] | null): Reach | undefined {
  if (namespaces === null || RIGHTS[right].scope === "self") return "everywhere";
  return RIGHTS[right].scope === "namespace" && namespaces.length > 0 ? new Set(namespaces) : undefined;
}

function union(left: Reach | undefined, right: Reach): Reach {
  if (left === undefined) return right;
  if (left === "everywhere" || right === "everywhere") return "everywhere";
  return left.union(right);
}

/** What of some rights is left where only the named ones count, and only in the named namespaces (`null`: all). */
export function narrowed(
  rights: Rights,
  allowed: readonly Right[],
  namespaces: readonly string[] | null,
): Rights {
  const left = new Map<Right, Reach>();
  for (const right of allowed) {
    const reach = rights.get(right);
    const wanted = reachOf(right, namespaces);
    if (reach === undefined || wanted === undefined) continue;
    const both = intersection(reach, wanted);
    if (both === "everywhere" || both.size > 0) left.set(right, both);
  }
  return left;
}

function intersection(left: Reach, right: Reach): Reach {
  if (left === "everywhere") return right;
  return right === "everywhere" ? left : left.intersection(right);
}

/** Whether an object of a namespace is within reach; what belongs to no namespace is only within reach of all. */
export function reaches(reach: Reach, namespace: string | null): boolean {
  return reach === "everywhere" || (namespace !== null && reach.has(namespace));
}
