/**
 * The tables of the predecessor (section 9 of the wire contract) as far as they are brought over. Every row is checked
 * for its form before anything is made of it.
 */

import * as z from "zod";
import type { Snapshot, StoredRow } from "../store/snapshot.ts";
import { StartupError } from "../startup_error.ts";

const optional = z.string().nullable().default(null);
const list = z.string().transform((text, context) => {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    context.addIssue("no list");
    return z.NEVER;
  }
});

/** A table by its name, with the form of its rows. */
export interface LegacyTable<Row> {
  readonly name: string;
  readonly schema: z.ZodType<Row>;
}

function table<Row>(name: string, schema: z.ZodType<Row>): LegacyTable<Row> {
  return { name, schema };
}

export const NAMESPACES = table("namespaces", z.object({ name: z.string(), description: optional }));
export const SECRETS = table(
  "secrets",
  z.object({
    id: z.string(),
    key_path: z.string(),
    secret_type: z.enum(["KEY_VALUE", "JSON_CONFIG", "TEMPLATE_CONFIG"]),
    encrypted_value: z.string(),
    wrapped_dek: optional,
    description: optional,
    namespace: z.string().default("default"),
    is_honey_token: z.int().default(0),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);
export const AGENTS = table(
  "agents",
  z.object({
    id: z.string(),
    agent_id: z.string(),
    agent_pub: z.string(),
    description: optional,
    namespace: z.string().default("default"),
    created_at: z.string(),
  }),
);
export const POLICIES = table(
  "policies",
  z.object({
    id: z.string(),
    policy_name: z.string(),
    agent_pattern: z.string(),
    allowed_paths: list,
    denied_paths: list,
    created_at: z.string(),
  }),
);
export const PROJECTS = table(
  "projects",
  z.object({
    id: z.string(),
    project_name: z.string(),
    namespace: z.string().default("default"),
    agent_id: optional,
    created_at: z.string(),
  }),
);
export const PROJECT_SECRET_GRANTS = table(
  "project_secret_grants",
  z.object({
    id: z.string(),
    project_name: z.string(),
    secret_id: z.string(),
    env_var_name: optional,
    granted_by: z.string(),
    granted_at: z.string(),
  }),
);
export const PENDING_GRANTS = table(
  "pending_grants",
  z.object({
    id: z.string(),
    agent_id: z.string(),
    project_name: z.string(),
    namespace: z.string(),
    requested_keys: list,
    approved_keys: list.nullable(),
    status: z.string(),
    requested_at: z.string(),
    decided_at: optional,
    decided_by: optional,
    auto_approval_until: optional,
    source_ip: optional,
  }),
);
export const ALLOWED_DAEMON_VERSIONS = table(
  "allowed_daemon_versions",
  z.object({
    binary_sha256: z.string(),
    version: optional,
    description: optional,
    enabled: z.int(),
    created_at: z.string(),
  }),
);
export const NOTIFICATION_CHANNELS = table(
  "notification_channels",
  z.object({
    id: z.string(),
    channel_type: z.string(),
    name: z.string(),
    config_ciphertext: z.string(),
    config_wrapped_dek: z.string(),
    enabled: z.int(),
    description: optional,
    created_at: z.string(),
  }),
);
export const KEK_METADATA = table(
  "kek_metadata",
  z.object({ salt: z.string(), sentinel_ciphertext: z.string(), kek_version: z.int() }),
);
export const AUDIT_MAC_STATE = table("audit_mac_state", z.object({ tail_mac: z.string() }));

type RowOf<Table> = Table extends LegacyTable<infer Row> ? Row : never;
export type LegacySecret = RowOf<typeof SECRETS>;
export type LegacyAgent = RowOf<typeof AGENTS>;
export type LegacyPolicy = RowOf<typeof POLICIES>;
export type LegacyProject = RowOf<typeof PROJECTS>;
export type LegacyGrant = RowOf<typeof PROJECT_SECRET_GRANTS>;
export type LegacyApproval = RowOf<typeof PENDING_GRANTS>;
export type LegacyAllowedDaemon = RowOf<typeof ALLOWED_DAEMON_VERSIONS>;
export type LegacyChannel = RowOf<typeof NOTIFICATION_CHANNELS>;
export type LegacySeal = RowOf<typeof KEK_METADATA>;

/** Each row with its form checked: undefined where it is not what it should be. None of a table that is not there. */
export function* legacyRows<Row>(
  snapshot: Snapshot,
  { name, schema }: LegacyTable<Row>,
): Generator<{ readonly raw: StoredRow; readonly row: Row | undefined }> {
  if (!snapshot.tables.includes(name)) return;
  for (const raw of snapshot.rows(name)) yield { raw, row: schema.safeParse(raw).data };
}

/** @throws StartupError where the database is none of the predecessor, or was never unsealed */
export function readLegacySeal(snapshot: Snapshot): LegacySeal {
  if (!snapshot.tables.includes("_sqlx_migrations") || !snapshot.tables.includes("kek_metadata")) {
    throw new StartupError(
      "The file is no database of cortex-auth; name the one that its DATABASE_URL points to",
    );
  }
  for (const { name } of [SECRETS, AGENTS]) {
    if (snapshot.tables.includes(name)) continue;
    throw new StartupError(`The old database has lost its table ${name}; import a backup of it`);
  }
  const [first] = [...legacyRows(snapshot, KEK_METADATA)];
  if (first?.row !== undefined) return first.row;
  throw new StartupError("The old database holds no vault yet: its server was never started");
}
