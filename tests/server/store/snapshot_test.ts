import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DamagedTable, snapshotOfFile } from "../../../server/store/snapshot.ts";
import { IN_MEMORY, openStore } from "../../../server/store/store.ts";
import { systemClock } from "../../../shared/clock.ts";
import { withTempDir } from "../../support/paths.ts";
import { createVaultFixture, type VaultFixture } from "../support/vault_fixture.ts";

async function withFixture(run: (fixture: VaultFixture) => Promise<void>): Promise<void> {
  const fixture = await createVaultFixture();
  try {
    await run(fixture);
  } finally {
    await fixture.dispose();
  }
}

function addNamespace({ ledger }: VaultFixture, name: string): Promise<unknown> {
  return ledger.commit((tx) =>
    tx.db.insertInto("namespaces").values({ name, description: null, created_at: 1 }).execute()
  );
}

function begin({ store }: VaultFixture) {
  const snapshot = store.snapshots.begin();
  assert.ok(snapshot !== undefined);
  return snapshot;
}

const names = (rows: Iterable<Readonly<Record<string, unknown>>>) => [...rows].map((row) => row["name"]);

Deno.test("Snapshot shows the database as it was, whatever is written meanwhile", () =>
  withFixture(async (fixture) => {
    const snapshot = begin(fixture);
    await addNamespace(fixture, "later");
    assert.deepEqual(names(snapshot.rows("namespaces")), ["default"]);
    snapshot.end();
    const next = begin(fixture);
    assert.deepEqual(names(next.rows("namespaces")), ["default", "later"]);
    next.end();
  }));

Deno.test("Snapshot keeps its moment in the middle of a table that is written", () =>
  withFixture(async (fixture) => {
    for (const name of ["a", "b"]) await addNamespace(fixture, name);
    const snapshot = begin(fixture);
    const seen: unknown[] = [];
    for (const row of snapshot.rows("namespaces")) {
      seen.push(row["name"]);
      await addNamespace(fixture, `x${seen.length}`);
    }
    snapshot.end();
    assert.deepEqual(seen, ["a", "b", "default"]);
  }));

Deno.test("SnapshotSource gives one snapshot at a time", () =>
  withFixture(async (fixture) => {
    const snapshot = begin(fixture);
    assert.equal(fixture.store.snapshots.begin(), undefined);
    snapshot.end();
    snapshot.end();
    begin(fixture).end();
  }));

Deno.test("Snapshot gives nothing once it was ended, not even the rest of a table", () =>
  withFixture(async (fixture) => {
    await addNamespace(fixture, "a");
    const snapshot = begin(fixture);
    const rows = snapshot.rows("namespaces")[Symbol.iterator]();
    rows.next();
    snapshot.end();
    assert.throws(() => rows.next(), /ended/);
    assert.throws(() => snapshot.columns("namespaces"), /ended/);
  }));

Deno.test("Snapshot knows its tables and columns and takes no other name into a query", () =>
  withFixture(async (fixture) => {
    const snapshot = begin(fixture);
    assert.ok(
      snapshot.tables.includes("secrets") && !snapshot.tables.some((name) => name.startsWith("sqlite_")),
    );
    assert.deepEqual(snapshot.columns("namespaces"), ["name", "description", "created_at", "two_people"]);
    assert.throws(() => snapshot.columns('x" UNION SELECT'), /no table/);
    assert.equal(snapshot.hasOther("server_keys", "kek_version", 1), false);
    assert.equal(snapshot.hasOther("server_keys", "kek_version", 2), true);
    snapshot.end();
  }));

Deno.test("a database in memory gives no snapshot", async () => {
  const store = await openStore(IN_MEMORY, systemClock);
  assert.equal(store.snapshots.begin(), undefined);
  await store.close();
});

Deno.test("Snapshot never takes a page that cannot be read, or a number that is too large, for the end of a table", async (test) => {
  const damages: Readonly<Record<string, (path: string) => void>> = {
    "a page in the middle": (path) => overwrite(path, 20, 3),
    "a number": (path) => {
      using db = new DatabaseSync(path);
      db.exec("UPDATE t SET n = 9223372036854775807 WHERE n = 7; UPDATE w SET n = 9223372036854775807");
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    await test.step(name, () =>
      withTempDir(async (folder) => {
        const path = `${folder}/old.db`;
        fillTable(path, 1_000);
        const sound = snapshotOfFile(path);
        assert.equal([...sound.rows("t")].length, 1_000);
        assert.deepEqual(Object.keys([...sound.rows("t")][0] ?? {}), ["n", "text"]);
        sound.end();
        damage(path);
        const snapshot = snapshotOfFile(path);
        assert.throws(() => [...snapshot.rows("t")], DamagedTable);
        assert.throws(() => [...snapshot.values("t")], DamagedTable);
        if (name === "a number") assert.throws(() => [...snapshot.rows("w")], DamagedTable);
        snapshot.end();
        await Promise.resolve();
      }));
  }
});

function fillTable(path: string, rows: number): void {
  using db = new DatabaseSync(path);
  db.exec("CREATE TABLE w (n INTEGER PRIMARY KEY) WITHOUT ROWID; INSERT INTO w VALUES (1)");
  db.exec("CREATE TABLE t (n INTEGER, text TEXT); BEGIN");
  const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
  for (let n = 0; n < rows; n++) insert.run(n, "x".repeat(200));
  db.exec("COMMIT");
}

/** Pages are of 4096 bytes. */
function overwrite(path: string, page: number, count: number): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(page * 4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(count * 4096).fill(0xaa));
}
