/** What the decisions of `server/access` are made from, read from the tables: from the reader or inside a work. */

import type { AccessRequest } from "../access/approval.ts";
import type { GrantedSecret } from "../access/mapping.ts";
import type { Policy } from "../access/policy.ts";
import type { Queries, SealedColumns, SecretTable } from "../store/schema.ts";
import { readList } from "./json_columns.ts";

/** Which project of which agent. */
export interface AccessKey {
  readonly agentRef: string;
  readonly namespace: string;
  readonly projectName: string;
}

/** A granted secret with its sealed value. */
export interface SealedGrant extends GrantedSecret, Readonly<SealedColumns> {
  readonly namespace: string;
  readonly encoding: SecretTable["encoding"];
  readonly isDecoy: boolean;
}

export async function loadPolicies(db: Queries): Promise<readonly Policy[]> {
  const rows = await db.selectFrom("policies")
    .select(["policy_name", "agent_pattern", "allowed_paths", "denied_paths"])
    .orderBy("created_at").orderBy("id").execute();
  return rows.map((row) => ({
    name: row.policy_name,
    agentPattern: row.agent_pattern,
    allowedPaths: readList(row.allowed_paths),
    deniedPaths: readList(row.denied_paths),
  }));
}

/** The secrets granted to a project. A grant never reaches into another namespace. */
export function loadGrants(
  db: Queries,
  { namespace, projectName }: Pick<AccessKey, "namespace" | "projectName">,
): Promise<readonly GrantedSecret[]> {
  return grantQuery(db, namespace, projectName).execute();
}

/** {@linkcode loadGrants} with what the vault opens. */
export async function loadSealedGrants(
  db: Queries,
  { namespace, projectName }: Pick<AccessKey, "namespace" | "projectName">,
): Promise<readonly SealedGrant[]> {
  const rows = await grantQuery(db, namespace, projectName)
    .select([
      "s.namespace",
      "s.encoding",
      "s.is_honey_token",
      "s.kek_version",
      "s.wrapped_dek",
      "s.sealed_body",
    ])
    .execute();
  return rows.map(({ is_honey_token, ...row }) => ({ ...row, isDecoy: is_honey_token === 1 }));
}

function grantQuery(db: Queries, namespace: string, projectName: string) {
  return db.selectFrom("project_grants as g").innerJoin("secrets as s", "s.id", "g.secret_ref")
    .select([
      "s.id as secretId",
      "s.key_path as keyPath",
      "s.secret_type as secretType",
      "g.effective_name as effectiveName",
    ])
    .where("g.namespace", "=", namespace)
    .where("g.project_name", "=", projectName)
    .whereRef("s.namespace", "=", "g.namespace");
}

/** All requests of an agent for a project, decided or not. */
export async function loadHistory(db: Queries, key: AccessKey): Promise<readonly AccessRequest[]> {
  const rows = await db.selectFrom("pending_grants")
    .select([
      "id",
      "status",
      "requested_keys",
      "approved_keys",
      "requested_at as requestedAt",
      "decided_at as decidedAt",
      "auto_approval_until as autoApprovalUntil",
    ])
    .where("agent_ref", "=", key.agentRef)
    .where("project_name", "=", key.projectName)
    .where("namespace", "=", key.namespace)
    .execute();
  return rows.map(({ requested_keys, approved_keys, ...row }) => ({
    ...row,
    requestedKeys: readList(requested_keys),
    approvedKeys: approved_keys === null ? null : readList(approved_keys),
  }));
}
