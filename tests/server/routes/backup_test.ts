import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DECISIONS } from "../../../server/backup/decisions.ts";
import { MIGRATIONS } from "../../../server/store/migrations/all.ts";
import { IDLE_LIMIT_MS } from "../../../server/services/keys/backup.ts";
import { MINUTE } from "../../../shared/clock.ts";
import { toHex } from "../../../shared/encoding.ts";
import { backUp, readBackup } from "../support/backups.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";

const detailsOf = (row: { readonly details: string | null }) => JSON.parse(row.details ?? "{}");

/** A backup of which only the beginning was read. */
async function beginBackup(h: Harness): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await h.app.request("/admin/backup", { method: "POST", headers: h.admin.headers });
  assert.ok(response.body !== null);
  const reader = response.body.getReader();
  await reader.read();
  return reader;
}

async function addSecret(h: Harness, keyPath: string, value: string): Promise<void> {
  expectOk(
    await h.admin.post("/admin/secrets", {
      key_path: keyPath,
      secret_type: "KEY_VALUE",
      value,
      unredactable: true,
    }),
    201,
  );
}

Deno.test(
  "POST /admin/backup gives an archive with every table that the list of decisions keeps",
  withHarness(async (h) => {
    await addSecret(h, "a", "value-of-a");
    const { header, tables } = await readBackup(await backUp(h));
    const wanted = Object.keys(DECISIONS).filter((table) => DECISIONS[table]?.fate !== "left_out");
    assert.deepEqual([...tables.keys()].toSorted(), wanted.toSorted());
    assert.deepEqual(tables.get("secrets")?.map((row) => row["key_path"]), ["a"]);
    assert.deepEqual(header.migrations.map((each) => each.version), MIGRATIONS.map((each) => each.version));
  }),
);

Deno.test(
  "POST /admin/backup shows no value and no name to who has the file alone",
  withHarness(async (h) => {
    await addSecret(h, "path-to-look-for", "value-to-look-for");
    const archive = await backUp(h);
    const text = new TextDecoder("latin1").decode(archive);
    assert.ok(!text.includes("path-to-look-for") && !text.includes("value-to-look-for"));
    const { tables } = await readBackup(archive);
    const inside = Deno.inspect(tables, { depth: 9, strAbbreviateSize: Infinity, iterableLimit: Infinity });
    assert.ok(inside.includes("path-to-look-for") && !inside.includes("value-to-look-for"));
  }),
);

Deno.test(
  "POST /admin/backup writes a row before the first byte and one with the digest at the end",
  withHarness(async (h) => {
    const archive = await backUp(h);
    const rows = (await h.auditRows()).filter((row) => row.action === "backup");
    assert.deepEqual(rows.map((row) => [row.principal, row.status]), [["admin", "pending"], [
      "admin",
      "success",
    ]]);
    const { tables, header } = await readBackup(archive);
    const inside = tables.get("audit_log")?.filter((row) => row["action"] === "backup");
    assert.deepEqual(inside?.map((row) => row["status"]), ["pending"]);
    const last = detailsOf(await lastRow(h, "backup"));
    assert.equal(last.sha256, toHex(archive.slice(-32)));
    assert.equal(last.bytes, archive.byteLength);
    assert.equal(last.archive_id, header.archiveId);
    const events = await h.store.reader.selectFrom("events").selectAll().execute();
    assert.deepEqual(events.map(({ kind, facts }) => [kind, JSON.parse(facts)]), [
      ["backup_begun", { archive: header.archiveId }],
    ]);
  }),
);

Deno.test(
  "POST /admin/backup holds what was there at its beginning, whatever is written while it is read",
  withHarness(async (h) => {
    for (let at = 0; at < 40; at++) await addSecret(h, `before/${at}`, "x".repeat(8_000));
    const response = await h.app.request("/admin/backup", { method: "POST", headers: h.admin.headers });
    const reader = response.body?.getReader();
    const pieces: Uint8Array[] = [];
    for (let at = 0;; at++) {
      const piece = await reader?.read();
      if (piece?.value === undefined) break;
      pieces.push(piece.value);
      await addSecret(h, `after/${at}`, "y");
    }
    const { tables } = await readBackup(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).bytes());
    const paths = tables.get("secrets")?.map((row) => String(row["key_path"])) ?? [];
    assert.equal(paths.length, 40);
    assert.ok(paths.every((path) => path.startsWith("before/")));
  }),
);

Deno.test(
  "POST /admin/backup refuses a second one while one runs, and takes it after that ended",
  withHarness(async (h) => {
    const reader = await beginBackup(h);
    expectError(await h.admin.post("/admin/backup"), 409, "backup_running");
    await reader.cancel();
    assert.equal(detailsOf(await lastRow(h, "backup")).reason, "cancelled");
    await readBackup(await backUp(h));
  }),
);

Deno.test(
  "a backup that nobody reads is ended, so that the database's log can be cut back",
  withHarness(async (h) => {
    const reader = await beginBackup(h);
    h.clock.advance(IDLE_LIMIT_MS);
    await h.app.housekeep();
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    }, /nobody reads/);
    assert.equal(detailsOf(await lastRow(h, "backup")).reason, "idle");
    await readBackup(await backUp(h));
  }),
);

Deno.test(
  "a backup that is read slowly is not ended",
  withHarness(async (h) => {
    const reader = await beginBackup(h);
    h.clock.advance(IDLE_LIMIT_MS - 1);
    await reader.read();
    h.clock.advance(MINUTE / 2);
    await h.app.housekeep();
    while (!(await reader.read()).done);
  }),
);

Deno.test(
  "a backup ends without its last bytes where the server stops",
  withHarness(async (h) => {
    const reader = await beginBackup(h);
    await h.app.endStreams();
    await assert.rejects(() => reader.read(), /stops/);
    assert.equal(detailsOf(await lastRow(h, "backup")).reason, "stopped");
    expectError(await h.admin.post("/admin/backup"), 503, "server_stopping");
  }),
);

Deno.test(
  "POST /admin/backup is refused while rows are under two keys",
  withHarness(async (h) => {
    await addSecret(h, "a", "1");
    await h.ledger.commit((tx) => tx.db.updateTable("secrets").set({ kek_version: 2 }).execute());
    expectError(await h.admin.post("/admin/backup"), 503, "backup_unavailable");
    assert.equal((await lastRow(h, "backup")).status, "failed");
    await h.ledger.commit((tx) => tx.db.updateTable("secrets").set({ kek_version: 1 }).execute());
    await readBackup(await backUp(h));
  }),
);

Deno.test(
  "POST /admin/backup is the admin's alone",
  withHarness(async (h) => {
    expectError(await h.stranger.post("/admin/backup"), 401, "auth_required");
  }),
);

Deno.test(
  "POST /admin/backup is refused from the first to the last moment of a rotation",
  withHarness(async (h) => {
    const blob = new Uint8Array(16);
    await h.ledger.commit((tx) =>
      tx.db.insertInto("kek_rotations").values({
        to_version: 2,
        from_version: 1,
        state: "running",
        old_kdf: "{}",
        old_salt: blob,
        old_sentinel: blob,
        old_kek_under_new: blob,
        new_kek_under_old: blob,
        rows_total: 0,
        rows_rewrapped: 0,
        secrets_rewrapped: 0,
        begun_at: 1,
        completed_at: null,
      }).execute()
    );
    expectError(await h.admin.post("/admin/backup"), 503, "backup_unavailable");
  }),
);

Deno.test(
  "POST /admin/backup ends without its last bytes where a table cannot be read to its end, and the log says which",
  withHarness(async (h) => {
    for (let at = 0; at < 40; at++) await addSecret(h, `k/${at}`, "x".repeat(8_000));
    using db = new DatabaseSync(h.path);
    db.exec("UPDATE secrets SET updated_at = 9223372036854775807 WHERE key_path = 'k/20'");
    const response = await h.app.request("/admin/backup", { method: "POST", headers: h.admin.headers });
    await assert.rejects(response.bytes());
    await h.ledger.flush();
    assert.equal(detailsOf(await lastRow(h, "backup")).reason, "damaged_table:secrets");
  }),
);
