import assert from "node:assert/strict";
import { IN_MEMORY, openStore } from "../../../server/store/store.ts";
import { systemClock } from "../../../shared/clock.ts";
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
