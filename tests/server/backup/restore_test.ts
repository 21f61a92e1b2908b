import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readArchiveHeader } from "../../../server/backup/archive_reader.ts";
import { writeArchive } from "../../../server/backup/archive_writer.ts";
import { migrate } from "../../../server/store/migrate.ts";
import { MIGRATIONS } from "../../../server/store/migrations/all.ts";
import { snapshotOfFile } from "../../../server/store/snapshot.ts";
import { randomBytes } from "../../../shared/crypto/random.ts";
import { openStore } from "../../../server/store/store.ts";
import { kekForArchive, restore, type Restored } from "../../../server/backup/restore.ts";
import { readHeader } from "../../../server/backup/header.ts";
import { unobserved } from "../../../server/durable_steps.ts";
import { verifyChain } from "../../../server/audit/verify.ts";
import { unseal } from "../../../server/vault/seal.ts";
import { readArchiveParts } from "../../../shared/backup/archive_frames.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { fromUtf8, utf8 } from "../../../shared/encoding.ts";
import { type ErrorCode, VaultError } from "../../../shared/errors.ts";
import { withTempDir } from "../../support/paths.ts";
import { backUp } from "../support/backups.ts";
import { expectOk } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { instantKdf, ManualClock, TEST_PASSWORD, TINY_KDF } from "../support/vault_fixture.ts";
import { DAY } from "../../../shared/clock.ts";

interface Choices {
  readonly password?: string;
  readonly keepLogins?: boolean;
  readonly newAdminToken?: boolean;
}

function restoreInto(
  database: string,
  archive: Uint8Array,
  { password = TEST_PASSWORD, ...choices }: Choices = {},
): Promise<Restored> {
  return restore({
    pieces: () => [archive],
    database,
    kekOf: (header) => kekForArchive(header, password, instantKdf),
    storage: heapKeyStorage,
    keepLogins: false,
    newAdminToken: false,
    reached: unobserved,
    clock: new ManualClock(),
    ...choices,
  });
}

async function refusedWith(code: ErrorCode, archive: Uint8Array, choices: Choices = {}): Promise<string> {
  return await withTempDir(async (folder) => {
    let message = "";
    await assert.rejects(() => restoreInto(`${folder}/new.db`, archive, choices), (error) => {
      assert.ok(error instanceof VaultError);
      assert.equal(error.code, code);
      message = error.message;
      return true;
    });
    assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name), [], "nothing is left");
    return message;
  });
}

/** Everything a test wants to know of a restored database, opened with its password. */
async function openRestored(path: string) {
  const clock = new ManualClock();
  const store = await openStore(path, clock);
  const unsealed = await unseal(store, {
    password: TEST_PASSWORD,
    kdf: TINY_KDF,
    derive: instantKdf,
    storage: heapKeyStorage,
    clock,
  });
  return {
    ...unsealed,
    store,
    dispose: async () => {
      await unsealed.close();
      await store.close();
    },
  };
}

async function addSecret(h: Harness, keyPath: string, value: string): Promise<string> {
  const body = { key_path: keyPath, secret_type: "KEY_VALUE", value, unredactable: true };
  return String(expectOk(await h.admin.post("/admin/secrets", body), 201)["id"]);
}

async function addLogin(h: Harness): Promise<void> {
  await h.ledger.commit(async (tx) => {
    const blob = new Uint8Array(32);
    await tx.db.insertInto("agents").values({
      id: "agent",
      namespace: "default",
      agent_id: "bot",
      agent_pub: blob,
      description: null,
      frozen_at: null,
      frozen_reason: null,
      created_at: 1,
      updated_at: 1,
    }).execute();
    await tx.db.insertInto("access_tokens").values({
      id: "login",
      agent_ref: "agent",
      device_ref: null,
      issued_at: 1,
      expires_at: h.clock.now() + DAY,
      revoked_at: null,
    }).execute();
    await tx.db.insertInto("daemon_sessions").values({
      session_id: "session",
      agent_ref: "agent",
      access_token_ref: "login",
      attestation_pub: blob,
      binary_sha256: "aa",
      daemon_version: null,
      daemon_pid: null,
      daemon_uid: null,
      hostname: null,
      boot_id: null,
      created_at: 1,
      expires_at: h.clock.now() + DAY,
      revoked_at: null,
      revoked_reason: null,
    }).execute();
  });
}

Deno.test(
  "restore gives back every secret, a sound log and a row that tells of itself",
  withHarness(async (h) => {
    const values = new Map<string, string>();
    for (let at = 0; at < 30; at++) values.set(await addSecret(h, `k/${at}`, `value ${at}`), `value ${at}`);
    const archive = await backUp(h);
    await withTempDir(async (folder) => {
      const restored = await restoreInto(`${folder}/new.db`, archive);
      assert.equal(restored.brokenAt, undefined);
      const vault = await openRestored(`${folder}/new.db`);
      for (const row of await vault.store.reader.selectFrom("secrets").selectAll().execute()) {
        const entry = {
          principal: "admin",
          action: "read_secret",
          status: "success",
          origin: { requestId: null, sourceIp: null, caller: {} },
        };
        const permit = await vault.ledger.permit([entry], [row.id]);
        const place = { table: "secrets" as const, id: row.id, namespace: row.namespace };
        assert.equal(fromUtf8(vault.vault.open(permit, place, row).expose()), values.get(row.id));
        values.delete(row.id);
      }
      assert.equal(values.size, 0);
      assert.equal((await verifyChain(vault.store.auditPages, vault.keys.auditMac)).ok, true);
      const row = await vault.store.reader.selectFrom("audit_log").selectAll().where("action", "=", "restore")
        .executeTakeFirstOrThrow();
      assert.equal(JSON.parse(row.details ?? "{}").archive_id, restored.header.archiveId);
      await vault.dispose();
    });
  }),
);

Deno.test(
  "B6: restore ends logins, sessions and tokens: none that was revoked since comes back to life",
  withHarness(async (h) => {
    await addLogin(h);
    const archive = await backUp(h);
    await withTempDir(async (folder) => {
      const { ended } = await restoreInto(`${folder}/new.db`, archive);
      assert.deepEqual([ended.access_tokens, ended.daemon_sessions], [1, 1]);
      const { store, dispose } = await openRestored(`${folder}/new.db`);
      const login = await store.reader.selectFrom("access_tokens").selectAll().executeTakeFirstOrThrow();
      const session = await store.reader.selectFrom("daemon_sessions").selectAll().executeTakeFirstOrThrow();
      assert.ok(login.revoked_at !== null && session.revoked_reason === "restored");
      await dispose();
    });
  }),
);

Deno.test(
  "restore keeps logins where the operator says so",
  withHarness(async (h) => {
    await addLogin(h);
    const archive = await backUp(h);
    await withTempDir(async (folder) => {
      assert.equal(
        (await restoreInto(`${folder}/new.db`, archive, { keepLogins: true })).ended.access_tokens,
        0,
      );
      const { store, dispose } = await openRestored(`${folder}/new.db`);
      assert.equal(
        (await store.reader.selectFrom("access_tokens").selectAll().executeTakeFirstOrThrow()).revoked_at,
        null,
      );
      await dispose();
    });
  }),
);

Deno.test(
  "restore forgets admin tokens where the operator wants a new one",
  withHarness(async (h) => {
    await h.ledger.commit((tx) =>
      tx.db.insertInto("admin_tokens").values({
        id: "t",
        token_mac: new Uint8Array(32),
        origin: "generated",
        created_at: 1,
      }).execute()
    );
    const archive = await backUp(h);
    await withTempDir(async (folder) => {
      assert.equal((await restoreInto(`${folder}/a.db`, archive)).ended.admin_tokens, 0);
      assert.equal(
        (await restoreInto(`${folder}/b.db`, archive, { newAdminToken: true })).ended.admin_tokens,
        1,
      );
    });
  }),
);

Deno.test(
  "restore refuses a wrong password and says which vault's it wants",
  withHarness(async (h) => {
    const archive = await backUp(h);
    const message = await refusedWith("archive.wrong_key", archive, {
      password: "the password of another vault",
    });
    assert.match(message, /vault [0-9a-f-]{36}.*key version 1/);
  }),
);

Deno.test(
  "restore refuses an archive cut off anywhere",
  withHarness(async (h) => {
    const archive = await backUp(h);
    for (const part of [0.2, 0.5, 0.9, 0.999]) {
      await refusedWith("archive.truncated", archive.subarray(0, Math.floor(archive.byteLength * part)));
    }
  }),
);

Deno.test(
  "restore refuses an archive with a byte changed anywhere, before it writes one",
  withHarness(async (h) => {
    await addSecret(h, "a", "1");
    const archive = await backUp(h);
    for (let at = 14; at < archive.byteLength; at += 97) {
      const changed = archive.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      await withTempDir(async (folder) => {
        await assert.rejects(() => restoreInto(`${folder}/new.db`, changed));
        assert.deepEqual([...Deno.readDirSync(folder)], []);
      });
    }
  }),
);

Deno.test(
  "restore refuses the body of one archive behind the header of another of the same vault",
  withHarness(async (h) => {
    const [first, second] = [await backUp(h), await backUp(h)];
    const bodyOf = (archive: Uint8Array) =>
      14 + new DataView(archive.buffer, archive.byteOffset).getUint32(10);
    await refusedWith(
      "archive.damaged",
      new Uint8Array([...first.subarray(0, bodyOf(first)), ...second.subarray(bodyOf(second))]),
    );
  }),
);

Deno.test(
  "restore says of an archive of newer tables that a newer program is needed",
  withHarness(async (h) => {
    const archive = await backUp(h);
    const newer = await withHeader(archive, (header) => {
      header["migrations"] = [{ version: 999, name: "later", checksum: "0".repeat(64) }];
      header["made_by"] = "9.9.9";
    });
    assert.match(await refusedWith("archive.version", newer), /cortex-server 9\.9\.9/);
  }),
);

Deno.test(
  "restore says of an archive of another format which one it reads",
  withHarness(async (h) => {
    const archive = await backUp(h);
    archive[9] = 0;
    assert.match(await refusedWith("archive.version", archive), /format 0 .* format 1/);
  }),
);

Deno.test(
  "restore leaves what another restore left half way behind and needs no cleaning",
  withHarness(async (h) => {
    const archive = await backUp(h);
    await withTempDir(async (folder) => {
      for (const name of ["new.db.restoring", "new.db.restoring-wal"]) {
        await Deno.writeTextFile(`${folder}/${name}`, "half");
      }
      await restoreInto(`${folder}/new.db`, archive);
      assert.deepEqual(
        [...Deno.readDirSync(folder)].map((entry) => entry.name),
        ["new.db"],
      );
      assert.equal(((await Deno.stat(`${folder}/new.db`)).mode ?? 0) & 0o777, 0o600);
    });
  }),
);

Deno.test(
  "restore says where a log was broken before the backup, and restores all the same",
  withHarness(async (h) => {
    await addSecret(h, "a", "1");
    const outside = new DatabaseSync(h.path);
    outside.exec("DROP TRIGGER audit_log_is_append_only; UPDATE audit_log SET action = 'x' WHERE seq = 2");
    outside.close();
    const archive = await backUp(h);
    await withTempDir(async (folder) => {
      assert.equal((await restoreInto(`${folder}/new.db`, archive)).brokenAt, 2);
    });
  }),
);

Deno.test(
  "B14: restore says that newest rows were cut off before the backup",
  withHarness(async (h) => {
    for (const name of ["a", "b", "c"]) await addSecret(h, name, "1");
    const copy = `${h.directory}/copy.db`;
    const outside = new DatabaseSync(h.path);
    outside.exec(`VACUUM INTO '${copy}'`);
    outside.close();
    const whole = await archiveOfFile(h, copy);
    const changed = new DatabaseSync(copy);
    changed.exec("DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)");
    const last = Number(changed.prepare("SELECT max(seq) AS n FROM audit_log").get()?.["n"]);
    changed.close();
    const cut = await archiveOfFile(h, copy);
    await withTempDir(async (folder) => {
      assert.equal((await restoreInto(`${folder}/a.db`, whole)).brokenAt, undefined);
      assert.equal((await restoreInto(`${folder}/b.db`, cut)).brokenAt, last + 1);
    });
  }),
);

Deno.test(
  "B12: restore counts sealed rows that were swapped behind the server's back before the backup",
  withHarness(async (h) => {
    const [first, second] = [await addSecret(h, "a", "1"), await addSecret(h, "b", "2")];
    await addSecret(h, "c", "3");
    const archive = await backUp(h);
    const outside = new DatabaseSync(h.path);
    outside.exec(`UPDATE secrets SET (wrapped_dek, sealed_body) =
      (SELECT wrapped_dek, sealed_body FROM secrets AS other WHERE other.id = '${second}') WHERE id = '${first}'`);
    outside.close();
    const changed = await backUp(h);
    await withTempDir(async (folder) => {
      assert.equal((await restoreInto(`${folder}/a.db`, archive)).unsound, 0);
      assert.equal((await restoreInto(`${folder}/b.db`, changed)).unsound, 1);
    });
  }),
);

Deno.test(
  "restore brings the tables of an older archive up to date",
  withHarness(async (h) => {
    const id = await addSecret(h, "a", "1");
    const archive = await olderArchive(h, 2);
    await withTempDir(async (folder) => {
      const restored = await restoreInto(`${folder}/new.db`, archive);
      assert.equal(restored.header.migrations.length, 2);
      const { store, dispose } = await openRestored(`${folder}/new.db`);
      const versions = await store.reader.selectFrom("schema_migrations").select("version").execute();
      assert.deepEqual(versions.map(({ version }) => version), MIGRATIONS.map(({ version }) => version));
      const secrets = await store.reader.selectFrom("secrets").select("id").execute();
      assert.deepEqual(secrets.map((row) => row.id), [id]);
      await dispose();
    });
  }),
);

/** A backup as a server with the tables of an older migration would have made it. */
async function olderArchive(h: Harness, upTo: number): Promise<Uint8Array> {
  const path = `${h.directory}/older.db`;
  const older = new DatabaseSync(path);
  migrate(older, { clock: h.clock, upTo });
  older.exec(`PRAGMA foreign_keys = OFF; ATTACH '${h.path}' AS newer`);
  for (const { name } of older.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all()) {
    if (name === "schema_migrations") continue;
    const columns = older.prepare(`PRAGMA main.table_info(${name})`).all().map((row) => row["name"]).join(
      ", ",
    );
    older.exec(
      `DELETE FROM main.${name}; INSERT INTO main.${name} (${columns}) SELECT ${columns} FROM newer.${name}`,
    );
  }
  older.close();
  return await archiveOfFile(h, path, upTo);
}

/** A backup of a database that no server has open, with the newest tables or older ones. */
async function archiveOfFile(h: Harness, path: string, upTo = MIGRATIONS.length): Promise<Uint8Array> {
  const header = await readArchiveHeader([await backUp(h)]);
  const key = randomBytes(32);
  const snapshot = snapshotOfFile(path);
  const own = {
    ...header,
    migrations: header.migrations.slice(0, upTo),
    wrappedKey: h.vault.wrapArchiveKey(header, key),
  };
  const pieces: number[] = [];
  const writing = writeArchive(snapshot, own, key);
  let step = writing.next();
  for (; step.done !== true; step = writing.next()) pieces.push(...step.value);
  snapshot.end();
  return new Uint8Array([...pieces, ...step.value.digest]);
}

/** The archive with another header: its digest and chunks do not fit any more, its header can be read. */
async function withHeader(
  archive: Uint8Array,
  change: (header: Record<string, unknown>) => void,
): Promise<Uint8Array> {
  for await (const part of readArchiveParts([archive])) {
    if (part.kind !== "header") break;
    readHeader(part.bytes);
    const header = JSON.parse(fromUtf8(part.bytes) ?? "");
    change(header);
    const printed = utf8(JSON.stringify(header));
    const changed = new Uint8Array([
      ...archive.subarray(0, 14),
      ...printed,
      ...archive.subarray(14 + part.bytes.byteLength),
    ]);
    new DataView(changed.buffer).setUint32(10, printed.byteLength);
    return changed;
  }
  throw new Error("the archive has no header");
}
