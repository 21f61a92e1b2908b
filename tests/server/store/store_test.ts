import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { systemClock } from "../../../shared/clock.ts";
import { MIGRATIONS } from "../../../server/store/migrations/all.ts";
import { IN_MEMORY, openStore, type StoreOptions } from "../../../server/store/store.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cortex-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const modeOf = (path: string) => ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8);
const open = (path: string, options?: StoreOptions) => openStore(path, systemClock, options);

Deno.test("B27: openStore keeps database, log and index at mode 0600", () =>
  inFolder(async (folder) => {
    const path = `${folder}/vault.db`;
    const store = await open(path);
    assert.deepEqual(["", "-wal", "-shm"].map((end) => modeOf(path + end)), ["600", "600", "600"]);
    assert.deepEqual(store.warnings, []);
    await store.close();
  }));

Deno.test("B26: openStore tightens a database that others can read, and says so", () =>
  inFolder(async (folder) => {
    const path = `${folder}/vault.db`;
    await (await open(path)).close();
    Deno.chmodSync(path, 0o644);
    const store = await open(path);
    assert.equal(modeOf(path), "600");
    assert.match(store.warnings.join(), /open to other users/);
    await store.close();
  }));

Deno.test("openStore follows no symbolic link", () =>
  inFolder(async (folder) => {
    await (await open(`${folder}/real.db`)).close();
    await Deno.symlink(`${folder}/real.db`, `${folder}/link.db`);
    await assert.rejects(open(`${folder}/link.db`), { name: "StartupError", message: /plain file/ });
  }));

Deno.test("openStore tells of a missing folder in one line", () =>
  inFolder(async (folder) => {
    await assert.rejects(open(`${folder}/none/vault.db`), {
      name: "StartupError",
      message: /folder does not exist/,
    });
  }));

Deno.test("B27: openStore uses WAL, full synchronisation and foreign keys", () =>
  inFolder(async (folder) => {
    const store = await open(`${folder}/vault.db`);
    const work = store.writer.openQueries();
    const value = async (name: string) =>
      Object.values(
        (await sql.raw<Record<string, unknown>>(`PRAGMA ${name}`).execute(work.db)).rows[0] ?? {},
      )[0];
    assert.equal(await value("journal_mode"), "wal");
    assert.equal(await value("synchronous"), 2);
    assert.equal(await value("foreign_keys"), 1);
    await store.close();
  }));

Deno.test("openStore refuses a database newer than the program", () =>
  inFolder(async (folder) => {
    const path = `${folder}/vault.db`;
    await (await open(path)).close();
    const db = new DatabaseSync(path);
    db.exec(`INSERT INTO schema_migrations VALUES (99, 'future', '${"0".repeat(64)}', 1)`);
    db.close();
    await assert.rejects(open(path), {
      name: "StartupError",
      message: new RegExp(`version 99 .* up to ${MIGRATIONS.length}; start the newer program`),
    });
  }));

Deno.test("openStore refuses a database whose migration was another text", () =>
  inFolder(async (folder) => {
    const path = `${folder}/vault.db`;
    await (await open(path)).close();
    const edited = MIGRATIONS.map((migration) => ({ ...migration, sql: `${migration.sql}\n-- edited` }));
    await assert.rejects(open(path, { testOnlyMigrations: edited }), {
      name: "StartupError",
      message: /Migration 1 \(initial\) differs/,
    });
  }));

Deno.test("openStore refuses a database of another program and leaves it as it is", () =>
  inFolder(async (folder) => {
    const path = `${folder}/other.db`;
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    await assert.rejects(open(path), { name: "StartupError", message: /another program/ });
    const after = new DatabaseSync(path);
    assert.equal(after.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"], 1);
    assert.equal(after.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "delete");
    after.close();
  }));

Deno.test("openStore refuses a file that is no database", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes.txt`, "remember the milk ".repeat(100), { mode: 0o600 });
    await assert.rejects(open(`${folder}/notes.txt`), { name: "StartupError", message: /not a database/ });
  }));

Deno.test("openStore applies a new migration to an old database, and a failing one not at all", () =>
  inFolder(async (folder) => {
    const path = `${folder}/vault.db`;
    await (await open(path)).close();
    const bad = [...MIGRATIONS, {
      version: MIGRATIONS.length + 1,
      name: "bad",
      sql: "CREATE TABLE half (a); SELECT * FROM nowhere",
    }];
    await assert.rejects(open(path, { testOnlyMigrations: bad }), { name: "StartupError" });
    const good = [...MIGRATIONS, {
      version: MIGRATIONS.length + 1,
      name: "good",
      sql: "CREATE TABLE half (a)",
    }];
    const store = await open(path, { testOnlyMigrations: good });
    const rows = await store.reader.selectFrom("schema_migrations").select("name").orderBy("version")
      .execute();
    assert.deepEqual(rows.map(({ name }) => name), [...MIGRATIONS.map(({ name }) => name), "good"]);
    await store.close();
  }));

Deno.test("Store.reader writes nothing and opens no transaction", () =>
  inFolder(async (folder) => {
    const store = await open(`${folder}/vault.db`);
    const write = store.reader.deleteFrom("namespaces").execute();
    await assert.rejects(write, /use ledger.commit/);
    await assert.rejects(sql`DELETE FROM namespaces`.execute(store.reader), /readonly/);
    await assert.rejects(store.reader.transaction().execute(async () => {}), /use ledger.commit/);
    await store.close();
  }));

Deno.test("Store refuses text with U+0000 instead of cutting it off", async () => {
  const store = await open(IN_MEMORY);
  const query = store.reader.selectFrom("secrets").select("id").where("key_path", "=", "real\0decoy")
    .execute();
  await assert.rejects(query, { code: "request.invalid" });
  await store.close();
});

Deno.test("Store gives bytes back as they went in, from any part of a buffer", async () => {
  const store = await open(IN_MEMORY);
  const part = Uint8Array.from([9, 1, 2, 3, 9]).subarray(1, 4);
  const { rows } = await sql<{ bytes: Uint8Array }>`SELECT ${part} AS bytes`.execute(store.reader);
  assert.ok(rows[0]?.bytes instanceof Uint8Array);
  assert.deepEqual([...rows[0].bytes], [1, 2, 3]);
  await store.close();
});

Deno.test("default is seeded, and a namespace in use cannot go", async () => {
  const store = await open(IN_MEMORY);
  const names = await store.reader.selectFrom("namespaces").select("name").execute();
  assert.deepEqual(names.map(({ name }) => name), ["default"]);
  const work = store.writer.openQueries();
  await work.db.insertInto("agents").values({
    id: "1",
    namespace: "default",
    agent_id: "a",
    agent_pub: new Uint8Array(32),
    description: null,
    frozen_at: null,
    frozen_reason: null,
    created_at: 1,
    updated_at: 1,
  }).execute();
  await assert.rejects(work.db.deleteFrom("namespaces").execute(), /FOREIGN KEY/);
  await store.close();
});
