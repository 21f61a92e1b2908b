/** Logins of hosts as rows. */

import { type RawBuilder, type Selectable, sql } from "kysely";
import type { DeviceSummary } from "../../../shared/api/device_admin.ts";
import { DAY, formatOptionalTimestamp, formatTimestamp, type Instant } from "../../../shared/clock.ts";
import { keyFingerprint } from "../../../shared/crypto/ed25519.ts";
import type { Tx } from "../../audit/ledger.ts";
import type { DeviceTable, Queries } from "../../store/schema.ts";
import type { AdminCaller } from "../../caller.ts";
import { DEFAULT_NAMESPACE } from "../namespaces.ts";

export type DeviceRow = Selectable<DeviceTable>;
/** With the agent that it was approved for, while that exists. */
export type ListedDevice = DeviceRow & {
  readonly agent_id: string | null;
  readonly agent_namespace: string | null;
};

/** Logins that came to nothing are forgotten after a day, the others with the longest life of what they gave. */
const KEEP_UNUSED = DAY;
const KEEP_USED = 90 * DAY;

export function selectDevices(db: Queries) {
  return db.selectFrom("devices as d").leftJoin("agents as a", "a.id", "d.agent_ref")
    .selectAll("d").select(["a.agent_id", "a.namespace as agent_namespace"]);
}

/** A login belongs to its agent's namespace; before there is one, to the one that it asks for. */
export function deviceWithin(of: Pick<AdminCaller, "reach">): RawBuilder<boolean> {
  if (of.reach === "everywhere") return sql<boolean>`1 = 1`;
  const place = sql`coalesce(a.namespace, d.requested_namespace, ${DEFAULT_NAMESPACE})`;
  return sql<boolean>`${place} in (${sql.join([...of.reach])})`;
}

/** The same place of a row that was read. */
export function placeOf({ agent_namespace, requested_namespace }: ListedDevice): string {
  return agent_namespace ?? requested_namespace ?? DEFAULT_NAMESPACE;
}

/** Removes what is long over; called in the course of other work. */
export async function forgetOldDevices(tx: Tx, now: Instant): Promise<void> {
  await tx.db.deleteFrom("devices").where("status", "!=", "redeemed").where("status", "!=", "revoked")
    .where("expires_at", "<", now - KEEP_UNUSED).execute();
  await tx.db.deleteFrom("devices").where("expires_at", "<", now - KEEP_USED).execute();
}

/** What is shown of a login. A redeemed one is an approved one to old clients. */
export function toSummary(row: ListedDevice, now: Instant): DeviceSummary {
  return {
    id: row.id,
    user_code: row.user_code,
    status: statusOf(row, now),
    agent_id: row.agent_id ?? row.requested_agent_id,
    namespace: row.agent_namespace ?? row.requested_namespace,
    hostname: row.hostname,
    os: row.os,
    device_name: row.device_name,
    fingerprint: row.agent_pub === null ? null : keyFingerprint(row.agent_pub),
    source_ip: row.source_ip,
    created_at: formatTimestamp(row.created_at),
    expires_at: formatTimestamp(row.expires_at),
    approved_at: formatOptionalTimestamp(wasApproved(row) ? row.decided_at : null),
    decided_by: row.decided_by,
    redeemed_at: formatOptionalTimestamp(row.redeemed_at),
  };
}

function statusOf(row: DeviceRow, now: Instant): DeviceSummary["status"] {
  if (row.status === "redeemed") return "approved";
  return row.status === "pending" && row.expires_at <= now ? "expired" : row.status;
}

function wasApproved({ status }: DeviceRow): boolean {
  return status === "approved" || status === "redeemed" || status === "revoked";
}
