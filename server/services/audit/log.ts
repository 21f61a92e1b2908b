/** The audit log as the admin reads it: newest first, filtered, in pages that new rows do not shift. */

import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import type { AuditLogEntry, AuditQuery } from "../../../shared/api/audit.ts";
import { formatTimestamp, type Instant, parseTimestamp } from "../../../shared/clock.ts";
import { toHex } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { AdminCaller } from "../../caller.ts";
import type { AuditTable } from "../../store/audit_schema.ts";
import type { Tables } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { within } from "../namespace_reach.ts";
import { notOnlyLooks } from "./looks.ts";
import { isNumberKey, type Page, pageOf, readCursor } from "../paging.ts";

export class AuditLogService {
  readonly #store: Store;

  constructor({ store }: ServiceDeps) {
    this.#store = store;
  }

  /**
   * `looks` are the actions that `looks: "no"` leaves out.
   * @throws VaultError `request.invalid` for a cursor or a time that is none
   */
  async list(
    caller: AdminCaller,
    query: AuditQuery,
    looks: readonly string[],
  ): Promise<Page<AuditLogEntry>> {
    let rows = this.#store.reader.selectFrom("audit_log").selectAll()
      .where((eb) => eb.and(conditions(eb, query))).where(within(caller, "namespace"))
      .orderBy("seq", "desc").limit(query.limit + 1);
    if (query.looks === "no") rows = rows.where(notOnlyLooks(looks));
    return pageOf(await rows.execute(), query.limit, (row) => [row.seq]).map(toEntry);
  }

  /** @throws VaultError `audit.not_found` */
  async get(caller: AdminCaller, id: string): Promise<AuditLogEntry> {
    const row = await this.#store.reader.selectFrom("audit_log").selectAll().where("id", "=", id)
      .where(within(caller, "namespace")).executeTakeFirst();
    if (row !== undefined) return toEntry(row);
    throw new VaultError(
      "audit.not_found",
      "There is no audit row of this id; it may have left the log by its age",
    );
  }
}

function conditions(eb: ExpressionBuilder<Tables, "audit_log">, query: AuditQuery) {
  const equal = [
    ["agent_id", query.agent_id],
    ["project_name", query.project],
    ["action", query.action],
    ["principal", query.principal],
    ["request_id", query.request_id],
  ] as const;
  const before = readCursor(query.cursor, isNumberKey);
  const since = instantOf(query.since, "since");
  const until = instantOf(query.until, "until");
  const { status, key_path } = query;
  return [
    ...equal.flatMap(([column, value]) => value === undefined ? [] : [eb(column, "=", value)]),
    ...(status === undefined ? [] : [eb.or([eb("status", "=", status), startsWith(`${status}:`)])]),
    ...(key_path === undefined ? [] : [eb.or([eb("resource_path", "=", key_path), names(key_path)])]),
    ...(since === undefined ? [] : [eb("at", ">=", since)]),
    ...(until === undefined ? [] : [eb("at", "<", until)]),
    ...(before === undefined ? [] : [eb("seq", "<", before[0])]),
  ];
}

/** `LIKE` would read `%` and `_` in what a caller sends. */
function startsWith(start: string) {
  return sql<boolean>`substr(status, 1, length(${start})) = ${start}`;
}

/** Details name key paths as JSON text. */
function names(keyPath: string) {
  return sql<boolean>`instr(details, ${JSON.stringify(keyPath)}) > 0`;
}

function instantOf(text: string | undefined, field: string): Instant | undefined {
  if (text === undefined) return undefined;
  const instant = parseTimestamp(text);
  if (instant !== undefined) return instant;
  throw new VaultError(
    "request.invalid",
    `Field '${field}' is no time; write 2026-01-31 12:00:00 (UTC) or RFC 3339`,
  );
}

function toEntry(row: Selectable<AuditTable>): AuditLogEntry {
  return {
    id: row.id,
    seq: row.seq,
    timestamp: formatTimestamp(row.at),
    principal: row.principal,
    agent_id: row.agent_id,
    project_name: row.project_name,
    namespace: row.namespace,
    action: row.action,
    resource_path: row.resource_path,
    status: row.status,
    details: row.details === null ? null : JSON.parse(row.details),
    request_id: row.request_id,
    caller_pid: row.caller_pid,
    caller_binary_sha256: row.caller_binary_sha256,
    caller_argv_hash: row.caller_argv_hash,
    caller_cwd: row.caller_cwd,
    caller_git_commit: row.caller_git_commit,
    source_ip: row.source_ip,
    hostname: row.hostname,
    os: row.os,
    prev_hash: toHex(row.prev_mac),
    entry_mac: toHex(row.mac),
  };
}
