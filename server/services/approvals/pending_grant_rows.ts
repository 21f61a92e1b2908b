/** Requests for access as rows: with the agent that asks, what an approver is shown of them, and the digest of exactly that. */

import type { Selectable } from "kysely";
import type {
  ApprovalSoFar,
  AskedFrom,
  GrantedBefore,
  PendingGrantSummary,
} from "../../../shared/api/pending_grants.ts";
import { formatOptionalTimestamp, formatTimestamp, type Instant } from "../../../shared/clock.ts";
import { keyFingerprint } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { approvalStates } from "../../access/approval.ts";
import type { CallerFacts } from "../../audit/entry.ts";
import type { PendingGrantTable, Queries } from "../../store/schema.ts";
import { loadHistory } from "../projects/access_facts.ts";
import { readList } from "../json_columns.ts";

export type PendingGrantRow = Selectable<PendingGrantTable> & {
  readonly agent_id: string;
  readonly agent_pub: Uint8Array;
};

export function selectGrants(db: Queries) {
  return db.selectFrom("pending_grants as g").innerJoin("agents as a", "a.id", "g.agent_ref")
    .selectAll("g").select(["a.agent_id", "a.agent_pub"]);
}

/** Of all that an approver has to see: a request that differs in any of it is another one. */
export function requestDigest(row: PendingGrantRow): string {
  return sha256Hex(JSON.stringify([
    row.id,
    row.agent_id,
    keyFingerprint(row.agent_pub),
    row.namespace,
    row.project_name,
    readList(row.requested_keys),
    askedFrom(row),
    row.source_ip,
    row.updated_at,
  ]));
}

export function toSummary(
  row: PendingGrantRow,
  before: readonly GrantedBefore[],
  soFar: readonly ApprovalSoFar[],
): PendingGrantSummary {
  return {
    id: row.id,
    agent_id: row.agent_id,
    project_name: row.project_name,
    namespace: row.namespace,
    requested_keys: readList(row.requested_keys),
    approved_keys: readList(row.approved_keys),
    status: row.status,
    requested_at: formatTimestamp(row.requested_at),
    updated_at: formatTimestamp(row.updated_at),
    decided_at: formatOptionalTimestamp(row.decided_at),
    decided_by: row.decided_by,
    auto_approval_until: formatOptionalTimestamp(row.auto_approval_until),
    source_ip: row.source_ip,
    fingerprint: keyFingerprint(row.agent_pub),
    asked_from: askedFrom(row),
    granted_before: before,
    request_sha256: requestDigest(row),
    term: row.term,
    note: row.note,
    approvals_so_far: soFar,
  };
}

/** What the agent may read in the project already, by the decisions that count. */
export async function grantedBefore(
  db: Queries,
  { agent_ref: agentRef, namespace, project_name: projectName }: PendingGrantRow,
  now: Instant,
): Promise<readonly GrantedBefore[]> {
  const history = await loadHistory(db, { agentRef, namespace, projectName });
  const keys = [...new Set(history.flatMap(({ approvedKeys }) => approvedKeys ?? []))].sort();
  const states = approvalStates(history, keys, now);
  return keys.filter((key) => states.get(key) === "approved").map((key_path) => {
    const ends = history.filter(({ approvedKeys }) => approvedKeys?.includes(key_path) === true)
      .map(({ autoApprovalUntil }) => autoApprovalUntil ?? 0);
    return { key_path, until: formatOptionalTimestamp(Math.max(...ends)) };
  });
}

function askedFrom({ asked_from }: PendingGrantRow): AskedFrom {
  const facts: CallerFacts = asked_from === null ? {} : JSON.parse(asked_from);
  return {
    binary_sha256: facts.binarySha256 ?? null,
    directory: facts.cwd ?? null,
    git_commit: facts.gitCommit ?? null,
    hostname: facts.hostname ?? null,
    os: facts.os ?? null,
  };
}
