/** Who may call, as OpenAPI says it: schemes by their headers, and for each route the sets of them that are enough. */

import type { AccessRow } from "../access_rows/row.ts";
import type { RouteKey } from "../access_table.ts";
import { ALL_ROLES, type Right, type Role, ROLES } from "../access/roles.ts";
import type { SecurityRequirement, SecurityScheme } from "./types.ts";

export const SECURITY_SCHEMES = {
  adminToken: {
    type: "apiKey",
    in: "header",
    name: "X-Admin-Token",
    description: "The admin token: every right. Best kept for the first day; it can be switched off.",
  },
  apiToken: {
    type: "http",
    scheme: "bearer",
    description: "An API token of a person (`POST /admin/api-tokens`): some of their rights, until a day. " +
      "It proves nothing anew, so of the routes that need a fresh proof it may use only those that read values.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-cortex-session",
    description: "The session of a person who signed in (`cortex-session` where there is no TLS).",
  },
  csrf: {
    type: "apiKey",
    in: "header",
    name: "X-CSRF-Token",
    description:
      "Beside the cookie of a session, with every request that changes something: `csrf_token` of the sign-in.",
  },
  daemonToken: {
    type: "http",
    scheme: "bearer",
    description: "The access token of a host (`POST /device/token`).",
  },
  projectToken: {
    type: "http",
    scheme: "bearer",
    description:
      "A project token (`POST /agent/discover`). Alone it is worth nothing: the request is attested as well.",
  },
  attestation: {
    type: "apiKey",
    in: "header",
    name: "X-Daemon-Attestation",
    description:
      "A signature over method, path, body, time and token by the daemon's attestation key, good for one request.",
  },
} as const satisfies Readonly<Record<string, SecurityScheme>>;

/** The sets of schemes of which one is enough; none for everybody. */
export function securityOf(key: RouteKey, row: AccessRow): readonly SecurityRequirement[] {
  switch (row.caller) {
    case "public":
      return [];
    case "agent":
      return [{ attestation: [] }];
    case "daemon":
      return [{ daemonToken: [] }];
    case "project":
      return [{ projectToken: [], attestation: [] }];
    case "admin":
      return person(key, row.right === undefined ? [] : [row.right]);
  }
}

function person(key: RouteKey, rights: readonly Right[]): readonly SecurityRequirement[] {
  const session: SecurityRequirement = key.startsWith("GET ")
    ? { session: rights }
    : { session: rights, csrf: [] };
  return [{ adminToken: [] }, { apiToken: rights }, session];
}

/** Roles that include a right. */
export function rolesWith(right: Right): readonly Role[] {
  return ALL_ROLES.filter((role) => (ROLES[role].rights as readonly Right[]).includes(right));
}

/** Who may call, in words. */
export function callersOf({ caller, right, fresh }: AccessRow): string {
  switch (caller) {
    case "public":
      return "everybody";
    case "agent":
      return "an agent, by a proof of its key in the body";
    case "daemon":
      return "the daemon of a host, by its access token";
    case "project":
      return "the daemon of a host, by a project token and an attested request";
    case "admin": {
      const who = right === undefined || right === "self"
        ? "a person who is signed in"
        : `a person with the right \`${right}\``;
      return fresh === true ? `${who} and a fresh proof` : who;
    }
  }
}
