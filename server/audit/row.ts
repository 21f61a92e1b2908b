/** From what a caller wants to say to the row that is stored, number, time and MACs still missing. */

import { randomUuid } from "../../shared/crypto/random.ts";
import type { AuditRow } from "../store/writer.ts";
import type { AuditEntry } from "./entry.ts";

/** What the ledger adds when the row gets its place in the chain. */
export type UnchainedRow = Omit<AuditRow, "seq" | "at" | "prev_mac" | "mac">;

/** Longer texts say nothing more to a reader, and some of them come from strangers. */
const LONGEST_TEXT = 1_024;

/** The columns of an entry. */
export function toRow(entry: AuditEntry): UnchainedRow {
  const { origin } = entry;
  const { caller } = origin;
  return {
    id: randomUuid(),
    principal: clean(entry.principal),
    action: clean(entry.action),
    status: clean(entry.status),
    agent_id: text(entry.agentId),
    project_name: text(entry.projectName),
    namespace: text(entry.namespace),
    resource_path: text(entry.resourcePath),
    details: detailsOf(entry),
    request_id: text(origin.requestId),
    source_ip: text(origin.sourceIp),
    caller_pid: Number.isSafeInteger(caller.pid) ? caller.pid ?? null : null,
    caller_binary_sha256: text(caller.binarySha256),
    caller_argv_hash: text(caller.argvHash),
    caller_cwd: text(caller.cwd),
    caller_git_commit: text(caller.gitCommit),
    hostname: text(caller.hostname),
    os: text(caller.os),
  };
}

/** Who acted and what the daemon tells of the caller stand beside the facts of the entry where no column is for them. */
function detailsOf({ details, origin: { caller, actor } }: AuditEntry): string | null {
  const { started, parents, allowedByHost } = caller;
  const all = {
    ...details,
    ...(started === undefined ? {} : { caller_started: started }),
    ...(parents === undefined ? {} : { caller_parents: parents }),
    ...(actor === undefined ? {} : { actor_id: actor.id, actor_by: actor.by, actor_proof: actor.proofId }),
    ...(allowedByHost === true ? { caller_allowed_by: "host" } : {}),
  };
  const isEmpty = details === undefined && Object.keys(all).length === 0;
  return isEmpty ? null : JSON.stringify(all).toWellFormed();
}

function text(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : clean(value);
}

/** The form in which the database gives a text back: the MAC is over what is stored. U+0000 would cut it off. */
function clean(value: string): string {
  if (value.length <= LONGEST_TEXT && value.isWellFormed() && !value.includes("\0")) return value;
  return value.slice(0, LONGEST_TEXT).replaceAll("\0", "\uFFFD").toWellFormed();
}
