/**
 * What becomes of each table in a backup and in its restore. A test compares this list with the schema, so that a new
 * table is a decision.
 */

export interface Decision {
  /**
   * `kept`: as it was. `ended`: brought back, and then what it allows is ended, unless the operator keeps logins.
   * `left_out`: not in the archive at all.
   */
  readonly fate: "kept" | "ended" | "left_out";
  readonly reason: string;
}

const kept = (reason: string): Decision => ({ fate: "kept", reason });
const ended = (reason: string): Decision => ({ fate: "ended", reason });
const leftOut = (reason: string): Decision => ({ fate: "left_out", reason });

export const DECISIONS: Readonly<Record<string, Decision>> = {
  vault_seal: kept("the password of the vault stays the same"),
  server_keys: kept("sealed; the log's key, the pepper of stored hashes and the keys that sign tokens"),
  signing_key_handovers: kept("hosts that pinned an older key follow the newer ones by it"),
  namespaces: kept("everything else refers to them"),
  secrets: kept("sealed; what the backup is for"),
  secret_versions: kept("sealed; what the secrets were before"),
  agents: kept("with their public keys, and frozen where they were frozen"),
  agent_callers: kept("rules of access"),
  policies: kept("rules of access"),
  projects: kept("with the agents they are bound to"),
  project_grants: kept("rules of access"),
  pending_grants: kept("approvals and denials of people, and what waits for them"),
  command_grants: kept("approvals and denials of people; uses that were spent after the backup come back"),
  approvals_given: leftOut("two people look anew at what waits after a restore"),
  allowed_daemons: kept("rules of access"),
  admin_tokens: kept("only a MAC of each; --new-admin-token replaces them"),
  admin_users: kept("people and their roles; of their passwords only what Argon2id made"),
  admin_passkeys: kept("public keys"),
  admin_recovery_codes: leftOut("a code that was used after the backup would come back to life"),
  admin_invitations: leftOut("a link that was used after the backup would come back to life"),
  admin_sessions: leftOut("a session that was ended after the backup would come back to life"),
  admin_api_tokens: leftOut("a token that was revoked after the backup would come back to life"),
  recovery_sets: kept("the shares stay good as long as the key stays the same"),
  kek_rotations: kept("which keys there were; none runs, because no backup is taken while one does"),
  events: kept("what people were not told of yet, they are told after the restore"),
  notification_channels: kept("sealed; how people are told"),
  notification_deliveries: kept("what a channel was not told of yet, it is told after the restore"),
  audit_sinks: leftOut("a sink says itself how far it is; another server has other sinks"),
  audit_tail: kept("says where the log ends"),
  audit_tiles: kept("the tree over the log, rows that are gone included"),
  audit_checkpoints: kept("stand for the rows that have left the log"),
  audit_log: kept("the proof of what happened; the restore adds a row to it"),
  project_tokens: ended("a token that was revoked after the backup would come back to life"),
  access_tokens: ended("a login that was revoked after the backup would come back to life"),
  daemon_sessions: ended("sessions hang on logins"),
  devices: ended("a login that was approved and not yet fetched would come back to life"),
  schema_migrations: leftOut("the restoring program makes its tables itself; the header names their form"),
};

/** A table that nobody decided on is kept: nothing is lost by an oversight. */
export function decisionOn(table: string): Decision {
  return DECISIONS[table] ?? kept("not decided yet");
}
