/** What happened: the audit log with its proofs, events, migrations. Names, counts and codes; never values. */

import type { TablesOf } from "./facts.ts";

export const RECORD_TABLES: TablesOf<
  | "audit_log"
  | "audit_tail"
  | "audit_tiles"
  | "audit_checkpoints"
  | "audit_sinks"
  | "events"
  | "notification_deliveries"
  | "schema_migrations"
> = {
  audit_log: {
    holds: "A row for every action and refusal, each chained to the one before.",
    plain: "seq id at principal action status agent_id project_name namespace resource_path details " +
      "request_id source_ip caller_pid caller_cwd caller_git_commit hostname os",
    digest: {
      caller_binary_sha256: "SHA-256 of the calling program",
      caller_argv_hash: "SHA-256 of its arguments",
    },
    mac: { prev_mac: "of the row before", mac: "HMAC-SHA-256 over all other columns, under the audit key" },
  },
  audit_tail: {
    holds: "Where the log ends. One row.",
    plain: "id seq",
    mac: { mac: "of the newest row", record_mac: "over this row, under the audit key" },
  },
  audit_tiles: {
    holds: "The Merkle tree over the log, 256 rows at a time (RFC 6962).",
    plain: "tile",
    digest: { root: "of the 256 rows", leaves: "of each row, once the rows have left" },
  },
  audit_checkpoints: {
    holds: "What stands for rows that retention has removed.",
    plain: "seq created_at",
    mac: { mac: "of the last row that left" },
    digest: { root: "of the tree up to it" },
    signature: { signature: "Ed25519, by a key derived from the audit key" },
  },
  audit_sinks: {
    holds: "How far copies of the log have come.",
    plain: "kind target delivered_seq updated_at",
  },
  events: {
    holds: "What people are told of.",
    plain: "id kind namespace agent_id project_name resource_path source_ip facts raised_at dispatched_at",
  },
  notification_deliveries: {
    holds: "Events on their way to channels.",
    plain: "id event_id channel_id state attempts next_attempt_at result settled_at",
  },
  schema_migrations: {
    holds: "Which migrations ran.",
    plain: "version name applied_at",
    digest: { checksum: "SHA-256 of the migration's text" },
  },
};
