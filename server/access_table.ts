/**
 * Every route of the server: who may call it, the action in the audit log, its rate limit, and what of its address
 * the log may name. A route that is not listed does not exist; `createApp` refuses to start on a row without a
 * handler or a handler without a row.
 */

import { DAEMON_ROWS } from "./access_rows/daemon_rows.ts";
import { PEOPLE_ROWS } from "./access_rows/people_rows.ts";
import { PROJECT_ROWS } from "./access_rows/project_rows.ts";
import { PUBLIC_ROWS } from "./access_rows/public_rows.ts";
import { SECRET_ROWS } from "./access_rows/secret_rows.ts";
import { VAULT_ROWS } from "./access_rows/vault_rows.ts";
import type { AccessRow } from "./access_rows/row.ts";

export const ACCESS_TABLE = {
  ...PUBLIC_ROWS,
  ...DAEMON_ROWS,
  ...PEOPLE_ROWS,
  ...SECRET_ROWS,
  ...PROJECT_ROWS,
  ...VAULT_ROWS,
} as const satisfies Readonly<Record<string, AccessRow>>;

export type RouteKey = keyof typeof ACCESS_TABLE;

/** All routes in the order in which they are mounted: fixed segments come before parameters. */
export const ROUTE_KEYS = Object.keys(ACCESS_TABLE) as readonly RouteKey[];

/** Actions by which a person looks at something and changes nothing; what reads a value is not among them. */
export const LOOKS: readonly string[] = Object.values<AccessRow>(ACCESS_TABLE)
  .filter(({ caller, audited }) => caller === "admin" && audited === "adapter")
  .map(({ action }) => action);

/** The row of a route. */
export function accessRow(key: RouteKey): AccessRow {
  return ACCESS_TABLE[key];
}
