import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../../server/store/migrate.ts";
import { SEALED_TABLE_NAMES, SEALED_TABLES } from "../../../server/vault/sealed_tables.ts";
import { systemClock } from "../../../shared/clock.ts";

/** What every sealed table has. */
const ENVELOPE = ["kek_version", "wrapped_dek", "sealed_body"];

/**
 * Columns with bytes that no KEK seals as an envelope, so that a rotation leaves them alone. A new column of bytes is a decision: a
 * table with envelopes belongs into `SEALED_TABLES`, everything else into this list.
 */
const NOT_ENVELOPES = [
  "admin_api_tokens.token_hash",
  "admin_invitations.code_hash",
  "admin_passkeys.public_key",
  "admin_recovery_codes.code_hash",
  "admin_sessions.token_hash",
  "admin_users.password_hash",
  "admin_users.password_salt",
  "access_tokens.token_hash",
  "admin_tokens.token_mac",
  "agents.agent_pub",
  "audit_log.mac",
  "audit_log.prev_mac",
  "audit_tail.mac",
  "audit_tail.record_mac",
  "audit_tiles.root",
  "audit_tiles.leaves",
  "audit_checkpoints.mac",
  "audit_checkpoints.root",
  "audit_checkpoints.signature",
  "daemon_sessions.attestation_pub",
  "devices.agent_pub",
  "devices.device_code_hash",
  "kek_rotations.new_kek_under_old",
  "kek_rotations.old_kek_under_new",
  "kek_rotations.old_salt",
  "kek_rotations.old_sentinel",
  "project_tokens.token_hash",
  "server_keys.public_key",
  "signing_key_handovers.from_public",
  "signing_key_handovers.signature",
  "signing_key_handovers.to_public",
  "vault_seal.salt",
  "vault_seal.sentinel",
];

function migrated(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  migrate(db, { clock: systemClock });
  return db;
}

function tablesOf(db: DatabaseSync): string[] {
  return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map((row) =>
    String(row["name"])
  );
}

/** Types by column. */
function columnsOf(db: DatabaseSync, table: string): Map<string, string> {
  const rows = db.prepare(`PRAGMA table_info("${table}")`).all();
  return new Map(rows.map((row) => [String(row["name"]), String(row["type"])]));
}

Deno.test("A1: SEALED_TABLES has every table with a column of an envelope, and nothing else", () => {
  const db = migrated();
  const sealed = tablesOf(db).filter((table) => {
    const columns = columnsOf(db, table);
    return columns.has("wrapped_dek") || columns.has("sealed_body");
  });
  assert.deepEqual(sealed.toSorted(), [...SEALED_TABLE_NAMES].toSorted());
  db.close();
});

Deno.test("A1: every column with bytes is part of an envelope or is known not to be one", () => {
  const db = migrated();
  const unknown = tablesOf(db).flatMap((table) =>
    [...columnsOf(db, table)]
      .filter(([column, type]) => type === "BLOB" && !ENVELOPE.includes(column))
      .map(([column]) => `${table}.${column}`)
      .filter((column) => !NOT_ENVELOPES.includes(column))
  );
  assert.deepEqual(unknown, []);
  db.close();
});

Deno.test("SEALED_TABLES names columns that are there, whole envelopes, and rows that an index finds by key version", () => {
  const db = migrated();
  for (const table of SEALED_TABLE_NAMES) {
    const { id, namespace } = SEALED_TABLES[table];
    const columns = columnsOf(db, table);
    assert.equal(columns.get(id), "TEXT", `${table}.${id}`);
    if (namespace !== null) assert.equal(columns.get(namespace), "TEXT", `${table}.${namespace}`);
    for (const column of ENVELOPE) assert.ok(columns.has(column), `${table}.${column}`);
    const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT ${id} FROM "${table}" WHERE kek_version = 1`).all();
    assert.ok(plan.every((step) => String(step["detail"]).startsWith("SEARCH")), `${table} is scanned`);
  }
  db.close();
});

Deno.test("SEALED_TABLES names an id that no two rows of a table share", () => {
  const db = migrated();
  for (const table of SEALED_TABLE_NAMES) {
    const unique = db.prepare(`SELECT 1 FROM pragma_index_list(?) AS list
      JOIN pragma_index_info(list.name) AS part WHERE list."unique" = 1
      GROUP BY list.name HAVING count(*) = 1 AND max(part.name) = ?`).all(table, SEALED_TABLES[table].id);
    assert.ok(unique.length > 0, table);
  }
  db.close();
});
