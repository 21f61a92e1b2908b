/** The rows of the audit log, and what proves it. */

/** Append-only. Every column but `mac` is covered by the MAC. */
export interface AuditTable {
  seq: number;
  id: string;
  at: number;
  /** Who acted: `admin`, `person:<e-mail>`, `agent:<id>`, `system`, or `anonymous`. */
  principal: string;
  action: string;
  status: string;
  agent_id: string | null;
  project_name: string | null;
  namespace: string | null;
  resource_path: string | null;
  /** JSON object of further facts: names, counts, codes; never values. */
  details: string | null;
  request_id: string | null;
  source_ip: string | null;
  caller_pid: number | null;
  caller_binary_sha256: string | null;
  caller_argv_hash: string | null;
  caller_cwd: string | null;
  caller_git_commit: string | null;
  hostname: string | null;
  os: string | null;
  prev_mac: Uint8Array;
  mac: Uint8Array;
}

/** One row: where the log ends. */
export interface AuditTailTable {
  id: number;
  seq: number;
  mac: Uint8Array;
  /** Over `seq` and `mac`, under the audit key. */
  record_mac: Uint8Array;
}

/** A node of the tree over 256 rows: those from `tile` * 256 + 1 on. */
export interface AuditTileTable {
  tile: number;
  root: Uint8Array;
  /** 256 leaves, once their rows have left the log. */
  leaves: Uint8Array | null;
}

/** Stands for all rows up to `seq`, which have left the log or are about to. */
export interface AuditCheckpointTable {
  seq: number;
  /** Of the row of that number. */
  mac: Uint8Array;
  /** Of the tree up to that row. */
  root: Uint8Array;
  created_at: number;
  signature: Uint8Array;
}

/** How far each audit sink has come; where it goes tells it apart. */
export interface AuditSinkTable {
  kind: string;
  target: string;
  delivered_seq: number;
  updated_at: number;
}
