import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../../server/store/migrations/all.ts";
import { systemClock } from "../../../shared/clock.ts";
import { migrate } from "../../../server/store/migrate.ts";
import { AUDIT_COLUMNS } from "../../../server/store/audit_columns.ts";

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

const SCHEMA_FILES = [
  "schema.ts",
  "audit_schema.ts",
  "event_schema.ts",
  "people_schema.ts",
  "vault_schema.ts",
];
const schemaText = (await Promise.all(
  SCHEMA_FILES.map((name) => Deno.readTextFile(new URL(`../../../server/store/${name}`, import.meta.url))),
)).join("");

function migrated(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  migrate(db, { clock: systemClock });
  return db;
}

/** Tables of the `Tables` interface with the columns of their interfaces, in order. */
function typedTables(): Map<string, Column[]> {
  const entries = [...bodyOf("Tables").matchAll(/^ {2}(\w+): (\w+);/gm)];
  return new Map(entries.map(([, table = "", type = ""]) => [table, columnsOf(type)]));
}

function bodyOf(name: string): string {
  const [, parent, body = ""] =
    new RegExp(`interface ${name}(?: extends (\\w+))? \\{([^}]*)\\}`).exec(schemaText) ?? [];
  return parent === undefined ? body : body + bodyOf(parent);
}

function columnsOf(name: string): Column[] {
  return [...bodyOf(name).matchAll(/^ {2}(\w+): ([^;]+);/gm)].map(([, column = "", type = ""]) => ({
    name: column,
    type: type.includes("Uint8Array") ? "BLOB" : /number/.test(type) ? "INTEGER" : "TEXT",
    nullable: type.includes("| null"),
  }));
}

function storedColumns(db: DatabaseSync, table: string): Column[] {
  return db.prepare(`PRAGMA table_info(${table})`).all().map((row) => ({
    name: String(row["name"]),
    type: String(row["type"]),
    nullable: row["notnull"] === 0,
  }));
}

const byName = (left: Column, right: Column) => left.name < right.name ? -1 : 1;

Deno.test("migrations make exactly the tables and columns that the schema types", () => {
  const db = migrated();
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map((row) =>
    row["name"]
  );
  assert.deepEqual(tables.toSorted(), [...typedTables().keys()].toSorted());
  for (const [table, columns] of typedTables()) {
    assert.deepEqual(storedColumns(db, table).toSorted(byName), columns.toSorted(byName), table);
  }
  db.close();
});

Deno.test("migrations make every table STRICT", () => {
  const db = migrated();
  const loose = db.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0").all();
  assert.deepEqual(loose.map((row) => row["name"]), ["sqlite_schema"]);
  db.close();
});

Deno.test("migrations index every foreign key, so that deletions do not scan tables", () => {
  const db = migrated();
  for (const table of typedTables().keys()) {
    for (const key of db.prepare(`PRAGMA foreign_key_list(${table})`).all()) {
      const column = String(key["from"]);
      if (column === "namespace" && ["projects", "secrets", "agents", "project_grants"].includes(table)) {
        continue;
      }
      const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT 1 FROM ${table} WHERE ${column} = ?`).all("x");
      const scans = plan.some((step) => String(step["detail"]).startsWith("SCAN"));
      assert.ok(!scans || column === "namespace", `${table}.${column} is scanned`);
    }
  }
  db.close();
});

Deno.test("AUDIT_COLUMNS are the columns of the audit log in the order of the table", () => {
  const db = migrated();
  assert.deepEqual(storedColumns(db, "audit_log").map((column) => column.name), [...AUDIT_COLUMNS]);
  db.close();
});

Deno.test("migrations are numbered without gaps", () => {
  assert.deepEqual(MIGRATIONS.map(({ version }) => version), MIGRATIONS.map((_, index) => index + 1));
});

Deno.test("audit rows cannot be updated by SQL that the server could run", () => {
  const db = migrated();
  db.exec(`INSERT INTO audit_log (seq, id, at, principal, action, status, prev_mac, mac)
    VALUES (1, 'x', 1, 'admin', 'a', 'success', zeroblob(32), zeroblob(32))`);
  assert.throws(() => db.exec("UPDATE audit_log SET action = 'b'"), /never changed/);
  db.close();
});

Deno.test("A16: the same key path, agent id and project name live in two namespaces, and only once in one", () => {
  const db = migrated();
  db.exec("INSERT INTO namespaces (name, created_at) VALUES ('staging', 1)");
  const insert = db.prepare("INSERT INTO projects VALUES (?, ?, 'app', NULL, NULL, NULL, 1, 1)");
  insert.run("1", "default");
  insert.run("2", "staging");
  assert.throws(() => insert.run("3", "default"), /UNIQUE/);
  db.close();
});
