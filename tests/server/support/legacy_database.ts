/** A database of the predecessor, made by its own schema (section 9 of the wire contract) and sealed by its own rules. */

import { createCipheriv, createHmac } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { toBase64, utf8 } from "../../../shared/encoding.ts";
import { randomBytes } from "../../../shared/crypto/random.ts";

const NOW = "TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP";

const SCHEMA = `
CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL);
CREATE TABLE secrets (id TEXT PRIMARY KEY, key_path TEXT NOT NULL UNIQUE, secret_type TEXT NOT NULL
  CHECK (secret_type IN ('KEY_VALUE', 'JSON_CONFIG', 'TEMPLATE_CONFIG')), encrypted_value TEXT NOT NULL,
  description TEXT, created_at ${NOW}, updated_at ${NOW}, namespace TEXT NOT NULL DEFAULT 'default',
  wrapped_dek TEXT, kek_version INTEGER NOT NULL DEFAULT 1, is_honey_token INTEGER NOT NULL DEFAULT 0);
CREATE TABLE agents (id TEXT PRIMARY KEY, agent_id TEXT NOT NULL UNIQUE, agent_pub TEXT NOT NULL, description TEXT,
  namespace TEXT NOT NULL DEFAULT 'default', created_at ${NOW});
CREATE TABLE policies (id TEXT PRIMARY KEY, policy_name TEXT NOT NULL UNIQUE, agent_pattern TEXT NOT NULL,
  allowed_paths TEXT NOT NULL DEFAULT '[]', denied_paths TEXT NOT NULL DEFAULT '[]', created_at ${NOW});
CREATE TABLE projects (id TEXT PRIMARY KEY, project_name TEXT NOT NULL UNIQUE, project_token_hash TEXT NOT NULL,
  env_mappings TEXT NOT NULL DEFAULT '{}', created_at ${NOW}, updated_at ${NOW},
  namespace TEXT NOT NULL DEFAULT 'default', token_expires_at TEXT, token_revoked_at TEXT,
  scope TEXT NOT NULL DEFAULT '[]', signed_token_jti TEXT, agent_id TEXT);
CREATE TABLE audit_logs (id TEXT PRIMARY KEY, agent_id TEXT, project_name TEXT, action TEXT NOT NULL,
  resource_path TEXT, status TEXT NOT NULL DEFAULT 'success', timestamp ${NOW}, caller_pid INTEGER,
  caller_binary_sha256 TEXT, caller_argv_hash TEXT, caller_cwd TEXT, caller_git_commit TEXT, source_ip TEXT,
  hostname TEXT, os TEXT, prev_hash TEXT, entry_mac TEXT);
CREATE TABLE audit_mac_state (id INTEGER PRIMARY KEY CHECK (id = 1), tail_mac TEXT NOT NULL DEFAULT '',
  updated_at TEXT);
CREATE TABLE kek_metadata (id INTEGER PRIMARY KEY CHECK (id = 1), salt TEXT NOT NULL,
  sentinel_ciphertext TEXT NOT NULL, kek_version INTEGER NOT NULL DEFAULT 1, created_at TEXT, updated_at TEXT);
CREATE TABLE namespaces (name TEXT PRIMARY KEY, description TEXT, created_at TEXT);
CREATE TABLE notification_channels (id TEXT PRIMARY KEY, channel_type TEXT NOT NULL
  CHECK (channel_type IN ('email', 'slack', 'telegram', 'discord')), name TEXT NOT NULL UNIQUE,
  config_ciphertext TEXT NOT NULL, config_wrapped_dek TEXT NOT NULL, kek_version INTEGER NOT NULL DEFAULT 1,
  enabled INTEGER NOT NULL DEFAULT 1, description TEXT, created_at ${NOW}, updated_at ${NOW});
CREATE TABLE server_keys (kid TEXT PRIMARY KEY, signing_key_ciphertext TEXT NOT NULL,
  signing_key_wrapped_dek TEXT NOT NULL, kek_version INTEGER NOT NULL DEFAULT 1, active INTEGER NOT NULL DEFAULT 1,
  created_at TEXT);
CREATE TABLE pending_grants (id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, project_name TEXT NOT NULL,
  namespace TEXT NOT NULL, requested_keys TEXT NOT NULL DEFAULT '[]', approved_keys TEXT,
  status TEXT NOT NULL DEFAULT 'pending', requested_at ${NOW}, decided_at TEXT, decided_by TEXT,
  auto_approval_until TEXT, source_ip TEXT);
CREATE TABLE allowed_daemon_versions (binary_sha256 TEXT PRIMARY KEY, version TEXT, description TEXT,
  enabled INTEGER NOT NULL DEFAULT 1, created_at ${NOW});
CREATE TABLE project_secret_grants (id TEXT PRIMARY KEY, project_name TEXT NOT NULL, secret_id TEXT NOT NULL,
  env_var_name TEXT, granted_by TEXT NOT NULL DEFAULT 'admin', granted_at ${NOW}, UNIQUE (project_name, secret_id));
INSERT INTO namespaces VALUES ('default', NULL, NULL);
INSERT INTO audit_mac_state VALUES (1, '', NULL);
`;

/** Section 12 of the wire contract. */
export const LEGACY_VECTORS = {
  password: "test-operator-password",
  salt: toBase64(utf8("test-salt-fixed-")),
  kek: "301d07f451f43879ea2dc2de3d2bfe5b0dc985ec0729e21d6ffa5ead15aea723",
  auditKey: "d35569773977ce82b3b7a4b9ea3fcb8fd1914f56a379bc9c825963c550dc1429",
  sentinel: "ERERERERERERERERM13bzkMzK/TnMAJhsEokvrqbQe7kz2oBsA5uYBQWOoOMQmNJQgIF/p3LeQ==",
  encryptedValue: "ERERERERERERERER8wu53tpjHpxbX39N+zD1jGWn5alopDMFFg==",
  wrappedDek: "IiIiIiIiIiIiIiIiK8gUPj7Kd+l71tUC5aTdfWjT01T7mCtsAmGG7a4Oix4f2Un8iHPMurr81OH4NULe",
  value: "sk-abc123",
  agentPub: "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw",
} as const;

const KEK = Uint8Array.fromHex(LEGACY_VECTORS.kek);

function seal(key: Uint8Array, text: Uint8Array): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return toBase64(body);
}

/** A vault of the predecessor with the password of the vectors, in a file that is closed by `close`. */
export class LegacyDatabase {
  readonly #db: DatabaseSync;
  #head = "";

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
    this.#insert("kek_metadata", {
      id: 1,
      salt: LEGACY_VECTORS.salt,
      sentinel_ciphertext: LEGACY_VECTORS.sentinel,
    });
  }

  secret(facts: Record<string, string | number>, value: string): string {
    const id = crypto.randomUUID();
    const dek = randomBytes(32);
    this.#insert("secrets", {
      id,
      secret_type: "KEY_VALUE",
      encrypted_value: seal(dek, utf8(value)),
      wrapped_dek: seal(KEK, dek),
      ...facts,
    });
    return id;
  }

  channel(name: string, type: string, config: unknown): void {
    const dek = randomBytes(32);
    this.#insert("notification_channels", {
      id: crypto.randomUUID(),
      name,
      channel_type: type,
      config_ciphertext: seal(dek, utf8(JSON.stringify(config))),
      config_wrapped_dek: seal(KEK, dek),
    });
  }

  /** A row of another table, with an id of its own. */
  row(table: string, facts: Record<string, string | number | null>): string {
    const id = crypto.randomUUID();
    this.#insert(table, { id, ...facts });
    return id;
  }

  /** A row without an id. */
  plainRow(table: string, facts: Record<string, string | number | null>): void {
    this.#insert(table, facts);
  }

  /** A row of its log, chained as its server does it. */
  logged(action: string): void {
    const row = { id: crypto.randomUUID(), action, resource_path: "a/é", status: "success" };
    const payload = JSON.stringify({
      id: row.id,
      agent_id: null,
      project_name: null,
      action,
      resource_path: row.resource_path,
      status: "success",
      caller_pid: null,
      caller_binary_sha256: null,
      caller_argv_hash: null,
      caller_cwd: null,
      caller_git_commit: null,
      source_ip: null,
      hostname: null,
      os: null,
    });
    const key = Uint8Array.fromHex(LEGACY_VECTORS.auditKey);
    const mac = createHmac("sha256", key).update(`${this.#head}\n${payload}`).digest("hex");
    this.#insert("audit_logs", { ...row, prev_hash: this.#head, entry_mac: mac });
    this.#db.prepare("UPDATE audit_mac_state SET tail_mac = ?").run(mac);
    this.#head = mac;
  }

  run(sql: string): void {
    this.#db.exec(sql);
  }

  close(): void {
    this.#db.close();
  }

  #insert(table: string, facts: Record<string, string | number | null>): void {
    const columns = Object.keys(facts);
    const places = columns.map(() => "?").join(", ");
    this.#db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`).run(
      ...Object.values(facts),
    );
  }
}

/** Something of every kind; gives the ids of its two secrets. */
export function fillLegacy(db: LegacyDatabase): { readonly openai: string; readonly template: string } {
  db.plainRow("namespaces", { name: "staging", description: "before production" });
  const openai = db.secret(
    { key_path: "openai_api_key", created_at: "2025-01-02 03:04:05" },
    "sk-legacy-value",
  );
  const template = db.secret(
    { key_path: "app-config", secret_type: "TEMPLATE_CONFIG" },
    "key={{openai_api_key}}",
  );
  db.secret({ key_path: "db/password", namespace: "staging" }, "p&ss<word>");
  db.secret({ key_path: "decoy", is_honey_token: 1 }, "sk-bait");
  db.row("agents", { agent_id: "my-agent", agent_pub: LEGACY_VECTORS.agentPub, description: "a robot" });
  db.row("policies", { policy_name: "p", agent_pattern: "my-*", allowed_paths: '["openai*"]' });
  db.row("projects", { project_name: "my app", project_token_hash: "00", agent_id: "my-agent" });
  db.row("project_secret_grants", { project_name: "my app", secret_id: openai, env_var_name: null });
  db.row("pending_grants", {
    agent_id: "my-agent",
    project_name: "my app",
    namespace: "default",
    requested_keys: '["openai_api_key"]',
    approved_keys: '["openai_api_key"]',
    status: "approved",
    decided_at: "2025-02-03 04:05:06",
    decided_by: "admin",
    auto_approval_until: "2099-01-01 00:00:00",
  });
  db.row("pending_grants", { agent_id: "my-agent", project_name: "other", namespace: "default" });
  db.plainRow("allowed_daemon_versions", { binary_sha256: "ab".repeat(32), version: "0.1.0" });
  db.channel("ops", "slack", { webhook_url: "https://hooks.slack.com/services/T/B/secret" });
  for (const action of ["create_secret", "get_secrets", "get_secrets"]) db.logged(action);
  return { openai, template };
}
