import assert from "node:assert/strict";
import { PreparedQuery } from "../../../server/store/prepared.ts";
import { createVaultFixture } from "../support/vault_fixture.ts";

const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);

Deno.test("PreparedQuery.run builds a query once and binds each run's own values, in their places", async () => {
  const fixture = await createVaultFixture();
  try {
    let built = 0;
    const query = new PreparedQuery((db, { low, high }: { readonly low: string; readonly high: string }) => {
      built++;
      return db.selectFrom("namespaces").select("name").where("name", "<", high).where("name", ">=", low)
        .orderBy("name");
    });
    await fixture.ledger.commit(async ({ db }) => {
      for (const name of ["a", "b", "c"]) {
        await db.insertInto("namespaces").values({ name, description: null, created_at: 1 }).execute();
      }
      assert.deepEqual(names(await query.run(db, { low: "a", high: "b" })), ["a"], "inside a work");
    });
    const { reader } = fixture.store;
    assert.deepEqual(names(await query.run(reader, { low: "b", high: "d" })), ["b", "c"]);
    assert.equal((await query.first(reader, { high: "d", low: "c" }))?.name, "c");
    assert.equal(await query.first(reader, { low: "x", high: "y" }), undefined);
    assert.equal(built, 1);
  } finally {
    await fixture.dispose();
  }
});

Deno.test("PreparedQuery does not write past the ledger, nor after a work is over", async () => {
  const fixture = await createVaultFixture();
  try {
    const remove = new PreparedQuery((db, { name }: { readonly name: string }) =>
      db.deleteFrom("namespaces").where("name", "=", name)
    );
    await assert.rejects(remove.run(fixture.store.reader, { name: "default" }), /ledger\.commit/);
    const escaped = await fixture.ledger.commit(async ({ db }) => ({ db }));
    await assert.rejects(remove.run(escaped.db, { name: "default" }), /over/);
  } finally {
    await fixture.dispose();
  }
});
