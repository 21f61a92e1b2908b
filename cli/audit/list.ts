/** `cortex audit list`: rows of the audit log that fit, newest first. */

import { AuditLogEntry } from "../../shared/api/audit.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { type AdminOptions, connectAsAdmin } from "../admin/connection.ts";
import type { CliContext } from "../context.ts";
import { rowLine } from "./row_line.ts";

export interface AuditListOptions extends AdminOptions {
  readonly agent?: string | undefined;
  readonly project?: string | undefined;
  readonly action?: string | undefined;
  readonly status?: string | undefined;
  readonly secret?: string | undefined;
  /** False leaves out what people looked at. */
  readonly looks: boolean;
  readonly principal?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit: string;
}

/** Returns the exit code. @throws VaultError */
export async function listAuditRows(options: AuditListOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => AuditLogEntry.array().safeParse(value).data;
  const rows = await connection.requestJson("GET", `/admin/audit-logs?${queryOf(options)}`, parse);
  if (options.json) context.terminal.json(rows);
  else if (rows.length === 0) context.terminal.note("No row fits");
  else for (const row of rows) context.terminal.data(rowLine(row));
  return EXIT.ok;
}

/** @throws VaultError `request.invalid` */
function queryOf(options: AuditListOptions) {
  const { agent, project, action, status, principal, secret, looks, since, until, limit } = options;
  if (!/^[1-9]\d{0,2}$/.test(limit)) {
    throw new VaultError("request.invalid", "--limit has to be a whole number from 1 to 999");
  }
  const facts = { agent_id: agent, project, action, status, principal, key_path: secret };
  const wanted = { ...facts, looks: looks ? undefined : "no", since, until, limit };
  return new URLSearchParams(
    Object.entries(wanted).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}
