import assert from "node:assert/strict";
import { randomBytes } from "../../../../shared/crypto/random.ts";
import { setPassword } from "../../../../server/vault/rotation/set_password.ts";
import { rewrapBatch, type UnreadableRow } from "../../../../server/vault/rotation/rewrap.ts";
import { countStale, staleRowsOf } from "../../../../server/vault/rotation/stale_rows.ts";
import { type Harness, withHarness } from "../../support/harness.ts";
import { seedSecret } from "../../support/seed.ts";

/** A rotation that has begun and that nobody runs. */
async function begun(h: Harness): Promise<number> {
  const entry = { principal: "admin", action: "rotate_kek", status: "success" };
  const origin = { requestId: null, sourceIp: null, caller: {} };
  const { to } = await setPassword(h, "the next password", () => ({ ...entry, origin }));
  return to;
}

const batch = (h: Harness, version: number, budgetMs: number, unreadable: UnreadableRow[] = []) =>
  h.ledger.commit((tx) => rewrapBatch(tx, h.vault.kek, { version, unreadable, budgetMs }));

Deno.test(
  "rewrapBatch ends after the row in which its time is up, and says whether there is more",
  withHarness(async (h) => {
    for (let at = 0; at < 3; at++) await seedSecret(h, `key_${at}`);
    const version = await begun(h);
    const all = await countStale(h.store.reader, version);
    for (let left = all; left > 0; left--) {
      assert.equal(await countStale(h.store.reader, version), left);
      const { rows, exhausted } = await batch(h, version, 0);
      assert.deepEqual([rows, exhausted], [1, false]);
    }
    assert.deepEqual(await batch(h, version, 0), { rows: 0, secrets: 0, exhausted: true });
    const row = await h.store.reader.selectFrom("kek_rotations").selectAll().executeTakeFirstOrThrow();
    assert.deepEqual([row.rows_total, row.rows_rewrapped, row.secrets_rewrapped], [all, all, 3]);
  }),
);

Deno.test(
  "A3: a row that was written since it was read is left as it was written",
  withHarness(async (h) => {
    const id = await seedSecret(h, "key");
    const version = await begun(h);
    const options = { version, except: "[]", limit: 1 };
    const [before] = await staleRowsOf("secrets").find.run(h.store.reader, options);
    assert.ok(before !== undefined);
    assert.equal((await h.admin.put(`/admin/secrets/${id}`, { value: "written meanwhile" })).status, 200);
    await h.ledger.commit(async ({ db }) => {
      const change = { id, before: before.wrapped_dek, after: randomBytes(65), version };
      await staleRowsOf("secrets").rewrap.run(db, change);
    });
    assert.equal((await h.admin.get(`/admin/secrets/${id}`)).json()["value"], "written meanwhile");
  }),
);

Deno.test(
  "rewrapBatch leaves rows that do not open alone, names each once, and does the others",
  withHarness(async (h) => {
    const bad = await seedSecret(h, "bad");
    await seedSecret(h, "good");
    const version = await begun(h);
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("secrets").set({ wrapped_dek: randomBytes(65) }).where("id", "=", bad).execute();
    });
    const unreadable: UnreadableRow[] = [];
    for (let round = 0; round < 3; round++) await batch(h, version, 1_000, unreadable);
    assert.deepEqual(unreadable, [{ table: "secrets", id: bad }]);
    assert.equal(await countStale(h.store.reader, version), 1);
  }),
);

Deno.test(
  "rewrapBatch of a vault that was sealed writes nothing and blames no row",
  withHarness(async (h) => {
    await seedSecret(h, "key");
    const version = await begun(h);
    h.keyring.wipe();
    const unreadable: UnreadableRow[] = [];
    await assert.rejects(batch(h, version, 1_000, unreadable), { code: "server.sealed" });
    assert.deepEqual(unreadable, []);
  }),
);
