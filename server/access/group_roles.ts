/** Which roles the groups of a provider give: `vault-admins=super-admin; team-a=namespace-admin:team-a,shared; ops=approver`. */

import { ALL_ROLES, type Role, type RoleAssignment } from "./roles.ts";

/** One rule: a group, exactly as the provider names it, and the role that it gives. */
export interface GroupRole extends RoleAssignment {
  readonly group: string;
}

/** A provider of OpenID Connect, and the roles that its groups give. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** The claim that has the groups. */
  readonly groupsClaim: string;
  readonly groupRoles: readonly GroupRole[];
}

const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** @returns the rules, or what is wrong with the text */
export function parseGroupRoles(text: string): readonly GroupRole[] | string {
  const rules: GroupRole[] = [];
  for (const part of text.split(";").map((piece) => piece.trim()).filter((piece) => piece !== "")) {
    const rule = parseRule(part);
    if (rule === undefined) {
      return "must look like group=role or group=role:namespace,namespace; with ; between";
    }
    rules.push(rule);
  }
  return rules;
}

function parseRule(text: string): GroupRole | undefined {
  const at = text.lastIndexOf("=");
  const group = text.slice(0, at).trim();
  const [name = "", list, ...more] = text.slice(at + 1).split(":").map((piece) => piece.trim());
  if (at < 1 || group === "" || !isRole(name) || more.length > 0) return undefined;
  if (list === undefined) return { group, role: name, namespaces: null };
  const namespaces = list.split(",").map((piece) => piece.trim());
  return namespaces.every((namespace) => NAMESPACE.test(namespace))
    ? { group, role: name, namespaces }
    : undefined;
}

function isRole(text: string): text is Role {
  return ALL_ROLES.some((role) => role === text);
}

/** What somebody in these groups gets; nothing for a claim that is no list of names. */
export function rolesOfGroups(rules: readonly GroupRole[], groups: unknown): RoleAssignment[] {
  const names: ReadonlySet<unknown> = new Set(Array.isArray(groups) ? groups : []);
  return rules.filter(({ group }) => names.has(group)).map(({ role, namespaces }) => ({ role, namespaces }));
}
