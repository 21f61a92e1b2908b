import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { storedTables } from "../../packaging/storage/tables.ts";
import { migrate } from "../../server/store/migrate.ts";
import { SEALED_TABLES } from "../../server/vault/sealed_tables.ts";
import { systemClock } from "../../shared/clock.ts";

function columnsByTable(): Record<string, string[]> {
  const db = new DatabaseSync(":memory:");
  migrate(db, { clock: systemClock });
  const tables = db.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  ).all().map(({ name }) => String(name));
  return Object.fromEntries(
    tables.map((
      table,
    ) => [table, db.prepare(`PRAGMA table_info(${table})`).all().map(({ name }) => String(name)).sort()]),
  );
}

Deno.test("storedTables says of every column of a migrated database how it is kept, once", () => {
  const said = storedTables().map(({ name, columns }) => [name, columns.map(({ column }) => column).sort()]);
  assert.deepEqual(Object.fromEntries(said), columnsByTable());
});

Deno.test("storedTables calls exactly those tables envelopes that a rotation walks through", () => {
  const envelopes = storedTables().filter(({ columns }) =>
    columns.some(({ column, kept }) => column === "sealed_body" && kept === "sealed")
  );
  assert.deepEqual(envelopes.map(({ name }) => name).sort(), Object.keys(SEALED_TABLES).sort());
});

Deno.test("storedTables has no plain column whose name speaks of a key, a token, a hash or a password", () => {
  const telling = storedTables().flatMap(({ name, columns }) =>
    columns.filter(({ column, kept }) =>
      kept === "plain" && /hash|mac|token|password|secret_body|dek|sha256/.test(column)
    )
      .map(({ column }) => `${name}.${column}`)
  );
  assert.deepEqual(telling, [
    "secrets.is_honey_token",
    "daemon_sessions.access_token_ref",
    "admin_users.password_kdf",
  ]);
});
