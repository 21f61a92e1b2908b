/** The chapters of the API: each route belongs to exactly one, the one with the longest beginning of its path. */

import type { RouteKey } from "../access_table.ts";
import type { Tag } from "./types.ts";

interface Chapter extends Tag {
  /** Beginnings of paths. */
  readonly paths: readonly string[];
}

export const CHAPTERS: readonly Chapter[] = [
  {
    name: "Server",
    description: "Whether it lives, is sealed, can serve; its metrics; this document",
    paths: ["/healthz", "/readyz", "/metrics", "/openapi.json", "/sys"],
  },
  {
    name: "Secrets",
    description: "Values in the vault, their versions and where they are used",
    paths: ["/admin/secrets"],
  },
  {
    name: "Projects",
    description: "Projects, their tokens and the secrets that are granted to them",
    paths: ["/admin/projects"],
  },
  { name: "Namespaces", description: "What keeps teams apart", paths: ["/admin/namespaces"] },
  {
    name: "Agents",
    description: "Registered agents and the programs that may act for them",
    paths: ["/admin/agents"],
  },
  {
    name: "Approvals",
    description: "First accesses and single commands that wait for a person",
    paths: ["/admin/pending-grants", "/admin/command-grants"],
  },
  {
    name: "Devices",
    description: "The login of a host (RFC 8628), and who lets it in",
    paths: ["/device", "/admin/devices", "/admin/web/device"],
  },
  {
    name: "Daemons",
    description: "Which daemon binaries may attest, and the sessions of those that did",
    paths: ["/admin/allowed-daemon-versions", "/admin/daemon-sessions"],
  },
  {
    name: "Policies",
    description: "What agents may be given, what they could read now, what they read",
    paths: ["/admin/policies", "/admin/reach", "/admin/usage"],
  },
  {
    name: "Audit log",
    description: "Rows, their verification, and what proves them to people outside",
    paths: ["/admin/audit-logs", "/admin/audit-sinks", "/.well-known/cortex-audit"],
  },
  {
    name: "Overview",
    description: "What waits, what went wrong, what ends soon; links into the dashboard",
    paths: ["/admin/overview", "/admin/waiting", "/admin/page-links"],
  },
  {
    name: "Notifications",
    description: "Channels that people are told by",
    paths: ["/admin/notification-channels"],
  },
  {
    name: "Keys and recovery",
    description: "The key of the vault, recovery shares, keys that sign tokens, backups",
    paths: [
      "/admin/rotate-key",
      "/admin/shamir",
      "/admin/signing-keys",
      "/admin/backup",
      "/.well-known/jwks.json",
    ],
  },
  {
    name: "People",
    description: "People and their roles; the admin token",
    paths: ["/admin/people", "/admin/admin-token"],
  },
  {
    name: "Account",
    description: "Signing in, and one's own passkeys, sessions and API tokens",
    paths: ["/auth", "/admin/me", "/admin/sessions", "/admin/api-tokens"],
  },
  {
    name: "Agent hosts",
    description: "What `cortex-daemon` asks for: every request is proven by a key of the host",
    paths: ["/agent", "/daemon", "/project"],
  },
];

/** The name of a route's chapter. @throws Error where it has none: a bug that a test finds */
export function chapterOf(key: RouteKey): string {
  const path = key.slice(key.indexOf(" ") + 1);
  const found = CHAPTERS.flatMap(({ name, paths }) => paths.map((start) => ({ name, start })))
    .filter(({ start }) => path.startsWith(start))
    .toSorted((one, other) => other.start.length - one.start.length)[0];
  if (found === undefined) throw new Error(`no chapter of the API holds ${key}`);
  return found.name;
}
