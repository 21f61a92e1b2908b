/** What the decisions of `server/access` are made from, read from the tables: from the reader or inside a work. */

import type { AccessRequest } from "../../access/approval.ts";
import type { CommandGrant } from "../../access/command_keys.ts";
import type { GrantedSecret } from "../../access/mapping.ts";
import type { Policy } from "../../access/policy.ts";
import { CommandBinding } from "../../../shared/api/command.ts";
import { PreparedQuery } from "../../store/prepared.ts";
import type { Delivery, Queries, SecretTable } from "../../store/schema.ts";
import type { SealedColumns } from "../../store/vault_schema.ts";
import { readList } from "../json_columns.ts";

/** Which project of which agent. */
export interface AccessKey {
  readonly agentRef: string;
  readonly namespace: string;
  readonly projectName: string;
}

export interface KnownGrant extends GrantedSecret {
  /** 1 for a decoy. */
  readonly decoy: number;
  readonly delivery: Delivery;
  readonly readOnce: number;
  readonly bound: number;
  /** JSON; see `SignLimits`. */
  readonly signLimits: string | null;
}

/** A granted secret with its sealed value. */
export interface SealedGrant extends KnownGrant, Readonly<SealedColumns> {
  readonly namespace: string;
  readonly encoding: SecretTable["encoding"];
}

const POLICIES = new PreparedQuery((db, _none: Record<string, never>) =>
  db.selectFrom("policies")
    .select(["policy_name", "agent_pattern", "allowed_paths", "denied_paths", "on_leak", "allow_unredacted"])
    .orderBy("created_at").orderBy("id")
);

export async function loadPolicies(db: Queries): Promise<readonly Policy[]> {
  const rows = await POLICIES.run(db, {});
  return rows.map((row) => ({
    name: row.policy_name,
    agentPattern: row.agent_pattern,
    allowedPaths: readList(row.allowed_paths),
    deniedPaths: readList(row.denied_paths),
    onLeak: row.on_leak,
    allowsUnredacted: row.allow_unredacted === 1,
  }));
}

/** Which project: names of projects are unique per namespace. */
type ProjectKey = Pick<AccessKey, "namespace" | "projectName">;

const GRANTS = new PreparedQuery(grantQuery);
const SEALED_GRANTS = new PreparedQuery((db, key: ProjectKey) =>
  grantQuery(db, key)
    .select([
      "s.namespace",
      "s.encoding",
      "s.kek_version",
      "s.wrapped_dek",
      "s.sealed_body",
    ])
);

/** The secrets granted to a project. A grant never reaches into another namespace. */
export function loadGrants(
  db: Queries,
  { namespace, projectName }: ProjectKey,
): Promise<readonly KnownGrant[]> {
  return GRANTS.run(db, { namespace, projectName });
}

/** {@linkcode loadGrants} with what the vault opens. */
export function loadSealedGrants(
  db: Queries,
  { namespace, projectName }: ProjectKey,
): Promise<readonly SealedGrant[]> {
  return SEALED_GRANTS.run(db, { namespace, projectName });
}

function grantQuery(db: Queries, { namespace, projectName }: ProjectKey) {
  return db.selectFrom("project_grants as g").innerJoin("secrets as s", "s.id", "g.secret_ref")
    .select([
      "s.id as secretId",
      "s.key_path as keyPath",
      "s.secret_type as secretType",
      "g.effective_name as effectiveName",
      "s.is_honey_token as decoy",
      "g.delivery",
      "g.read_once as readOnce",
      "g.bound",
      "g.sign_limits as signLimits",
    ])
    .where("g.namespace", "=", namespace)
    .where("g.project_name", "=", projectName)
    .whereRef("s.namespace", "=", "g.namespace");
}

const COMMANDS = new PreparedQuery((db, key: Pick<AccessKey, keyof AccessKey>) =>
  db.selectFrom("command_grants")
    .select([
      "id",
      "binding",
      "approved_keys",
      "uses_left as usesLeft",
      "valid_until as validUntil",
      "status",
    ])
    .where("agent_ref", "=", key.agentRef)
    .where("project_name", "=", key.projectName)
    .where("namespace", "=", key.namespace)
    .where("status", "in", ["approved", "ended"])
    .orderBy("decided_at").orderBy("id")
);

/** What a person approved for single commands of an agent in a project, whether or not it still counts. */
export async function loadCommandGrants(
  db: Queries,
  { agentRef, namespace, projectName }: AccessKey,
): Promise<readonly CommandGrant[]> {
  const rows = await COMMANDS.run(db, { agentRef, namespace, projectName });
  return rows.map(({ binding, approved_keys, validUntil, status, ...row }) => ({
    ...row,
    binding: CommandBinding.parse(JSON.parse(binding)),
    approvedKeys: readList(approved_keys),
    validUntil: status === "ended" ? 0 : validUntil ?? 0,
  }));
}

const HISTORY = new PreparedQuery((db, key: Pick<AccessKey, keyof AccessKey>) =>
  db.selectFrom("pending_grants")
    .select([
      "id",
      "status",
      "requested_keys",
      "approved_keys",
      "requested_at as requestedAt",
      "decided_at as decidedAt",
      "auto_approval_until as autoApprovalUntil",
      "term",
    ])
    .where("agent_ref", "=", key.agentRef)
    .where("project_name", "=", key.projectName)
    .where("namespace", "=", key.namespace)
);

/** All requests of an agent for a project, decided or not. */
export async function loadHistory(
  db: Queries,
  { agentRef, namespace, projectName }: AccessKey,
): Promise<readonly AccessRequest[]> {
  const rows = await HISTORY.run(db, { agentRef, namespace, projectName });
  return rows.map(({ requested_keys, approved_keys, ...row }) => ({
    ...row,
    requestedKeys: readList(requested_keys),
    approvedKeys: approved_keys === null ? null : readList(approved_keys),
  }));
}
