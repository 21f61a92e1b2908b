import assert from "node:assert/strict";
import { PreparedQuery } from "../../../server/store/prepared.ts";
import { ReadCache } from "../../../server/store/read_cache.ts";
import { openStore, type Store } from "../../../server/store/store.ts";
import { systemClock } from "../../../shared/clock.ts";
import { withTempDir } from "../../support/paths.ts";

const NAMES = new PreparedQuery((db, { name }: { readonly name: string }) =>
  db.selectFrom("namespaces").select(["name", "description"]).where("name", "=", name)
);

/** Runs a statement in a transaction, as the ledger does with a work. */
function write(store: Store, description: string, end: "commit" | "rollback"): Promise<unknown> {
  store.writer.begin();
  const work = store.writer.openQueries();
  return work.db.updateTable("namespaces").set({ description }).where("name", "=", "default").execute()
    .then(() => store.writer[end]()).finally(() => work.close());
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const store = await openStore(`${folder}/v.db`, systemClock);
    await work(store).finally(() => store.close());
  });
}

const describe = async (store: Store) => (await NAMES.first(store.reader, { name: "default" }))?.description;

Deno.test("a prepared query on the reader gives kept rows until something is committed", async () => {
  await withStore(async (store) => {
    const first = await NAMES.run(store.reader, { name: "default" });
    assert.equal(await NAMES.run(store.reader, { name: "default" }), first);
    await write(store, "changed", "commit");
    assert.equal(await describe(store), "changed");
    await write(store, "never", "rollback");
    assert.equal(await describe(store), "changed");
  });
});

Deno.test("a prepared query tells its parameters apart", async () => {
  await withStore(async (store) => {
    assert.equal((await NAMES.run(store.reader, { name: "default" })).length, 1);
    assert.equal((await NAMES.run(store.reader, { name: "other" })).length, 0);
    assert.equal((await NAMES.run(store.reader, { name: "default" })).length, 1);
  });
});

Deno.test("queries inside a work never see kept rows", async () => {
  await withStore(async (store) => {
    await describe(store);
    store.writer.begin();
    const work = store.writer.openQueries();
    await work.db.updateTable("namespaces").set({ description: "inside" }).where("name", "=", "default")
      .execute();
    assert.equal((await NAMES.first(work.db, { name: "default" }))?.description, "inside");
    await store.writer.rollback();
    work.close();
  });
});

Deno.test("a commit of another connection is noticed with the next batch", async () => {
  await withTempDir(async (folder) => {
    const store = await openStore(`${folder}/v.db`, systemClock);
    await describe(store);
    await store.writer.dataVersion();
    const { DatabaseSync } = await import("node:sqlite");
    const other = new DatabaseSync(`${folder}/v.db`);
    other.exec("UPDATE namespaces SET description = 'from outside'");
    other.close();
    await store.writer.dataVersion();
    assert.equal(await describe(store), "from outside");
    await store.close();
  });
});

Deno.test("the audit log cannot be read by a prepared query: its rows change without a word", async () => {
  await withStore(async (store) => {
    const query = new PreparedQuery((db, _none: Record<string, never>) =>
      db.selectFrom("audit_log").select("seq")
    );
    await assert.rejects(query.run(store.reader, {}), /audit log/);
  });
});

Deno.test("ReadCache stays within its bounds", () => {
  const cache = new ReadCache();
  const query = {};
  cache.keep(query, "large", [{ text: "x".repeat(200_000) }]);
  assert.equal(cache.get(query, "large"), undefined);
  for (let count = 0; count < 2_000; count++) {
    cache.keep(query, String(count), [{ text: "x".repeat(10_000) }]);
  }
  const kept = Array.from({ length: 2_000 }, (_, count) => cache.get(query, String(count)));
  assert.ok(kept.filter((rows) => rows !== undefined).length < 900);
  assert.notEqual(cache.get(query, "1999"), undefined);
});
