import assert from "node:assert/strict";
import fc from "fast-check";
import type { SecretVersionList } from "../../../shared/api/secret_versions.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedSecret } from "../support/seed.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const path = (id: string, version?: number) =>
  `/admin/secrets/${id}/versions${version === undefined ? "" : `/${version}`}`;

async function write(h: Harness, id: string, value: string): Promise<number> {
  h.clock.advance(1000);
  return Number(expectOk(await h.admin.put(`/admin/secrets/${id}`, { value }))["version"]);
}

/** A secret with the values v1, v2 … */
async function seedVersions(h: Harness, count: number): Promise<string> {
  const id = await seedSecret(h, "prod/db", { value: "v1" });
  for (let version = 2; version <= count; version++) await write(h, id, `v${version}`);
  return id;
}

async function list(h: Harness, id: string): Promise<SecretVersionList> {
  return expectOk<SecretVersionList>(await h.admin.get(path(id)));
}

async function numbers(h: Harness, id: string): Promise<number[]> {
  return (await list(h, id)).versions.map(({ version }) => version);
}

Deno.test(
  "PUT /admin/secrets/:id keeps the value it replaces, and the list says when each was written and replaced",
  withHarness(async (h) => {
    const id = await seedVersions(h, 3);
    const { key_path, versions, kept } = await list(h, id);
    assert.deepEqual([key_path, kept], ["prod/db", 10]);
    assert.deepEqual(versions.map((row) => [row.version, row.current, row.written_at, row.replaced_at]), [
      [3, true, "2026-01-02 03:04:07", null],
      [2, false, "2026-01-02 03:04:06", "2026-01-02 03:04:07"],
      [1, false, "2026-01-02 03:04:05", "2026-01-02 03:04:06"],
    ]);
    for (const version of [1, 2, 3]) {
      assert.equal(expectOk(await h.admin.get(path(id, version)))["value"], `v${version}`);
    }
  }),
);

Deno.test(
  "PUT /admin/secrets/:id makes no version where the value stays",
  withHarness(async (h) => {
    const id = await seedVersions(h, 1);
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { description: "new words" }));
    assert.deepEqual(await numbers(h, id), [1]);
  }),
);

Deno.test(
  "GET /admin/secrets/:id/versions holds no value, and reading one is a reading in the log",
  withHarness(async (h) => {
    const id = await seedVersions(h, 2);
    assert.doesNotMatch((await h.admin.get(path(id))).text, /v1|v2/);
    expectOk(await h.admin.get(path(id, 1)));
    const row = await lastRow(h, "read_secret");
    assert.deepEqual([row.resource_path, row.details], ["prod/db", '{"value":true,"version":1}']);
    await h.ledger.close();
    const answer = await h.admin.get(path(id, 1));
    assert.equal(answer.status, 503);
    assert.doesNotMatch(answer.text, /v1/);
  }),
);

Deno.test(
  "ten older values are kept unless the configuration says otherwise; the oldest goes first",
  withHarness(async (h) => {
    const id = await seedVersions(h, 13);
    assert.deepEqual(await numbers(h, id), [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expectError(await h.admin.get(path(id, 2)), 404, "secret_version_not_found");
  }),
);

Deno.test(
  "keptVersions 2 keeps two",
  withHarness(async (h) => {
    const id = await seedVersions(h, 4);
    assert.deepEqual(await numbers(h, id), [4, 3, 2]);
  }, { config: { keptVersions: 2 } }),
);

Deno.test(
  "keptVersions 0 keeps none",
  withHarness(async (h) => {
    const id = await seedVersions(h, 4);
    assert.deepEqual(await numbers(h, id), [4]);
  }, { config: { keptVersions: 0 } }),
);

Deno.test(
  "POST /admin/secrets/:id/rollback makes a new version of the old value, which tokens read at once",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const { secretId } = await storeAndGrant(h, "p", "key", { value: "good" });
    await write(h, secretId, "bad");
    const { project_token } = await agent.obtain("p", ["KEY"]);
    const rolled = await h.admin.post(`/admin/secrets/${secretId}/rollback`, { to_version: 1 });
    assert.deepEqual(expectOk(rolled), { rolled_back: true, id: secretId, version: 3, to_version: 1 });
    assert.deepEqual(expectOk(await agent.read("p", project_token)), { env_vars: { KEY: "good" } });
    assert.deepEqual(await numbers(h, secretId), [3, 2, 1]);
    assert.equal(expectOk(await h.admin.get(path(secretId, 2)))["value"], "bad");
    assert.equal((await lastRow(h, "rollback_secret")).details, '{"changed":["value"],"rolled_back_to":1}');
  }),
);

Deno.test(
  "a rollback brings the encoding of the old value back with it",
  withHarness(async (h) => {
    const id = await seedSecret(h, "blob", { value: "AP8=", encoding: "base64" });
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { value: "text", encoding: "utf8" }));
    expectOk(await h.admin.post(`/admin/secrets/${id}/rollback`, { to_version: 1 }));
    const read = expectOk(await h.admin.get(`/admin/secrets/${id}`));
    assert.deepEqual([read["value"], read["encoding"]], ["AP8=", "base64"]);
  }),
);

Deno.test(
  "POST /admin/secrets/:id/rollback refuses the present version, a gone one, and a secret that changed meanwhile",
  withHarness(async (h) => {
    const id = await seedVersions(h, 2);
    const rollback = (body: unknown) => h.admin.post(`/admin/secrets/${id}/rollback`, body);
    expectError(await rollback({ to_version: 2 }), 409, "secret_version_current");
    expectError(await rollback({ to_version: 9 }), 404, "secret_version_not_found");
    expectError(await rollback({ to_version: 1, version: 1 }), 409, "secret_changed");
    expectError(await rollback({}), 400, "request_invalid");
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "v2");
  }),
);

Deno.test(
  "DELETE /admin/secrets/:id/versions/:version destroys one older value and never the present one",
  withHarness(async (h) => {
    const id = await seedVersions(h, 3);
    assert.deepEqual(expectOk(await h.admin.delete(path(id, 2))), { destroyed: [2] });
    assert.deepEqual(await numbers(h, id), [3, 1]);
    expectError(await h.admin.get(path(id, 2)), 404, "secret_version_not_found");
    expectError(await h.admin.delete(path(id, 2)), 404, "secret_version_not_found");
    expectError(await h.admin.delete(path(id, 3)), 409, "secret_version_current");
    expectError(await h.admin.delete(`/admin/secrets/${id}/versions/x`), 400, "request_invalid");
    assert.equal((await lastRow(h, "destroy_secret_version")).resource_path, "prod/db");
  }),
);

Deno.test(
  "DELETE /admin/secrets/:id/versions destroys all older values but the newest that are to stay",
  withHarness(async (h) => {
    const id = await seedVersions(h, 5);
    assert.deepEqual(expectOk(await h.admin.delete(`${path(id)}?keep=2`)), { destroyed: [2, 1] });
    assert.deepEqual(expectOk(await h.admin.delete(path(id))), { destroyed: [4, 3] });
    expectError(await h.admin.delete(`${path(id)}?keep=-1`), 400, "request_invalid");
    assert.deepEqual(await numbers(h, id), [5]);
  }),
);

Deno.test(
  "DELETE /admin/secrets/:id destroys its versions with it",
  withHarness(async (h) => {
    const id = await seedVersions(h, 3);
    expectOk(await h.admin.delete(`/admin/secrets/${id}`));
    assert.deepEqual(await h.store.reader.selectFrom("secret_versions").select("id").execute(), []);
  }),
);

Deno.test(
  "an import that replaces a secret keeps the value before",
  withHarness(async (h) => {
    const id = await seedSecret(h, "api_key", { value: "old" });
    expectOk(
      await h.admin.post("/admin/secrets/bulk", {
        unredactable: true,
        content: "API_KEY=new",
        duplicates: "replace",
      }),
    );
    assert.equal(expectOk(await h.admin.get(path(id, 1)))["value"], "old");
    assert.equal(expectOk(await h.admin.get(path(id, 2)))["value"], "new");
  }),
);

Deno.test(
  "a value that no longer opens can be stored anew; what cannot be read is not kept",
  withHarness(async (h) => {
    const id = await seedVersions(h, 1);
    await h.ledger.commit(async ({ db }) => {
      const row = await db.selectFrom("secrets").select("sealed_body").executeTakeFirstOrThrow();
      await db.updateTable("secrets").set({ sealed_body: row.sealed_body.toReversed() }).execute();
    });
    assert.equal(await write(h, id, "mended"), 2);
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "mended");
    assert.deepEqual(await numbers(h, id), [2]);
  }),
);

Deno.test(
  "B12: sealed texts of versions, of other secrets and of the present value do not open in each other's place",
  withHarness(async (h) => {
    const id = await seedVersions(h, 3);
    const other = await seedSecret(h, "other", { value: "o1" });
    await write(h, other, "o2");
    const versions = await h.store.reader.selectFrom("secret_versions").selectAll().execute();
    const secrets = await h.store.reader.selectFrom("secrets").selectAll().execute();
    const places = [
      ...versions.map((row) => ({ table: "secret_versions" as const, row })),
      ...secrets.map((row) => ({ table: "secrets" as const, row })),
    ];
    const target = { table: "secrets", id: "elsewhere", namespace: "default" } as const;
    for (const [here, { table, row }] of places.entries()) {
      for (const [there, { row: sealed }] of places.entries()) {
        const opened = h.vault.reseal({ table, id: row.id, namespace: row.namespace }, sealed, target);
        assert.equal(opened !== undefined, here === there, `${table} ${row.id} with ${sealed.id}`);
      }
    }
    assert.equal(places.length, 5);
    const [v1, v2] = versions.filter(({ secret_ref }) => secret_ref === id);
    if (v1 === undefined || v2 === undefined) throw new Error("no versions");
    await h.ledger.commit(async ({ db }) => {
      const { wrapped_dek, sealed_body } = v2;
      await db.updateTable("secret_versions").set({ wrapped_dek, sealed_body }).where("id", "=", v1.id)
        .execute();
    });
    const rollback = await h.admin.post(`/admin/secrets/${id}/rollback`, { to_version: v1.version });
    expectError(rollback, 409, "secret_version_unreadable");
    assert.equal((await h.admin.get(path(id, v1.version))).status, 500);
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "v3");
  }),
);

Deno.test("any run of writes, rollbacks and destructions leaves exactly the values that a plain list would hold", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("write" as const), value: fc.string({ minLength: 1, unit: "binary" }) }),
    fc.record({ kind: fc.constant("rollback" as const), to: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant("destroy" as const), to: fc.integer({ min: 1, max: 6 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), (steps) =>
      withHarness(async (h) => {
        const id = await seedSecret(h, "s", { value: "first" });
        const model = new Map([[1, "first"]]);
        let present = 1;
        const put = (value: string) => {
          model.set(++present, value);
          for (const version of [...model.keys()].sort((a, b) => b - a).slice(4)) model.delete(version);
        };
        for (const one of steps) {
          if (one.kind === "write") {
            await write(h, id, one.value);
            put(one.value);
          } else if (one.kind === "rollback") {
            const answer = await h.admin.post(`/admin/secrets/${id}/rollback`, { to_version: one.to });
            const value = model.get(one.to);
            assert.equal(answer.status === 200, value !== undefined && one.to !== present);
            if (answer.status === 200 && value !== undefined) put(value);
          } else {
            const answer = await h.admin.delete(path(id, one.to));
            assert.equal(answer.status === 200, model.has(one.to) && one.to !== present);
            if (answer.status === 200) model.delete(one.to);
          }
        }
        assert.deepEqual(await numbers(h, id), [...model.keys()].sort((a, b) => b - a));
        for (const [version, value] of model) {
          assert.equal(expectOk(await h.admin.get(path(id, version)))["value"], value);
        }
      }, { config: { keptVersions: 3 } })()),
    { numRuns: 15 },
  );
});

Deno.test(
  "A1: a rotation of the key takes older values along; they are read and brought back during it and after it",
  withHarness(async (h) => {
    const id = await seedVersions(h, 3);
    const begun = await h.admin.post("/admin/rotate-key", {
      new_kek_password: "a new password of the operator",
    });
    assert.equal(begun.status, 200, begun.text);
    assert.equal(expectOk(await h.admin.get(path(id, 1)))["value"], "v1");
    expectOk(await h.admin.post(`/admin/secrets/${id}/rollback`, { to_version: 2 }));
    while (expectOk(await h.admin.get("/admin/rotate-key"))["state"] === "running");
    const rows = await h.store.reader.selectFrom("secret_versions").select("kek_version").execute();
    assert.deepEqual(rows.map(({ kek_version }) => kek_version), [2, 2, 2]);
    for (const [version, value] of [[1, "v1"], [2, "v2"], [3, "v3"], [4, "v2"]] as const) {
      assert.equal(expectOk(await h.admin.get(path(id, version)))["value"], value);
    }
  }),
);
