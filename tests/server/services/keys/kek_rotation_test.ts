import assert from "node:assert/strict";
import type { KekRotationProgress, RotateKeyAnswer } from "../../../../shared/api/kek_rotation.ts";
import { utf8 } from "../../../../shared/encoding.ts";
import { parseKeyPath } from "../../../../shared/names.ts";
import { randomUuid } from "../../../../shared/crypto/random.ts";
import { namespaceOf } from "../../../../server/services/namespaces.ts";
import { sealNewSecret, secretPlace } from "../../../../server/services/secrets/secret_rows.ts";
import { openEnvelope } from "../../../../server/vault/envelope.ts";
import { SEALED_TABLE_NAMES } from "../../../../server/vault/sealed_tables.ts";
import { type Harness, withHarness } from "../../support/harness.ts";
import { rawTables } from "../../support/sealed_rows.ts";
import { openAgain } from "../../support/open_again.ts";
import { seedSealedRows, seedSecret } from "../../support/seed.ts";
import { TEST_PASSWORD } from "../../support/vault_fixture.ts";

const NEW_PASSWORD = "a new password of the operator";

function post(h: Harness, change: Record<string, unknown> = {}) {
  return h.admin.post("/admin/rotate-key", { new_kek_password: NEW_PASSWORD, ...change });
}

async function rotated(h: Harness, change: Record<string, unknown> = {}): Promise<RotateKeyAnswer> {
  const answer = await post(h, change);
  assert.equal(answer.status, 200, answer.text);
  return answer.json<RotateKeyAnswer>();
}

async function progress(h: Harness): Promise<KekRotationProgress> {
  return (await h.admin.get("/admin/rotate-key")).json<KekRotationProgress>();
}

/** Looks until the rotation is over; each look gives it a turn. */
async function over(h: Harness): Promise<KekRotationProgress> {
  for (;;) {
    const now = await progress(h);
    if (now.state !== "running") return now;
  }
}

/** Somebody who is between a sealed row and its end, as every request is, until told to leave. */
function userOfKeys(h: Harness): () => Promise<void> {
  const leaving = Promise.withResolvers<void>();
  const done = h.vault.users.during(() => leaving.promise);
  return () => {
    leaving.resolve();
    return done;
  };
}

async function opensWith(h: Harness, password: string): Promise<boolean> {
  try {
    await (await openAgain(h, password)).close();
    return true;
  } catch {
    return false;
  }
}

async function read(h: Harness, id: string): Promise<unknown> {
  const answer = await h.admin.get(`/admin/secrets/${id}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json()["value"];
}

Deno.test(
  "A1: after a rotation every row of every sealed table opens under the new key alone, its body untouched",
  withHarness(async (h) => {
    await seedSealedRows(h);
    const before = rawTables(h.path);
    await rotated(h);
    const after = rawTables(h.path);
    const { opened, close } = await openAgain(h, NEW_PASSWORD);
    assert.ok(opened.keyring.use(1, () => true) === undefined);
    for (const table of SEALED_TABLE_NAMES) {
      const rows = after.filter((row) => row.place.table === table);
      assert.ok(rows.length > 1, `nothing is in ${table}, so nothing was tried`);
      assert.equal(rows.length, before.filter((row) => row.place.table === table).length);
      for (const { place, sealed } of rows) {
        const was = before.find((row) => row.place.table === table && row.place.id === place.id);
        assert.deepEqual(sealed.sealed_body, was?.sealed.sealed_body);
        assert.notDeepEqual(sealed.wrapped_dek, was?.sealed.wrapped_dek);
        assert.equal(sealed.kek_version, 2);
        assert.ok(openEnvelope(opened.keyring, place, sealed) !== undefined, `${table}/${place.id}`);
      }
    }
    await close();
  }),
);

Deno.test(
  "A1: the old password opens the vault until the rotation is complete and not after it, the new one from its beginning",
  withHarness(async (h) => {
    await seedSecret(h, "key");
    const leave = userOfKeys(h);
    assert.equal((await post(h, { wait: false })).status, 202);
    assert.deepEqual([await opensWith(h, TEST_PASSWORD), await opensWith(h, NEW_PASSWORD)], [true, true]);
    assert.ok(!await opensWith(h, "a guess"));
    await leave();
    assert.equal((await over(h)).state, "completed");
    assert.deepEqual([await opensWith(h, TEST_PASSWORD), await opensWith(h, NEW_PASSWORD)], [false, true]);
  }),
);

Deno.test(
  "B14: the key of the audit log stays the same, so that its chain goes on",
  withHarness(async (h) => {
    const before = h.keys.auditMac.use((key) => key.toHex());
    await rotated(h);
    const { opened, close } = await openAgain(h, NEW_PASSWORD);
    assert.equal(opened.keys.auditMac.use((key) => key.toHex()), before);
    assert.equal(opened.keys.signing[0]?.kid, h.keys.signing[0]?.kid);
    await close();
  }),
);

Deno.test(
  "A3: what is stored while a rotation runs is sealed under the new key and is never lost",
  withHarness(async (h) => {
    const leave = userOfKeys(h);
    await post(h, { wait: false });
    const id = await seedSecret(h, "meanwhile");
    const row = await h.store.reader.selectFrom("secrets").selectAll().where("id", "=", id)
      .executeTakeFirstOrThrow();
    assert.equal(row.kek_version, 2);
    await leave();
    await over(h);
    assert.equal(await read(h, id), "value of meanwhile");
  }),
);

Deno.test(
  "A3: a row that was sealed before the switch and stored after it is waited for and re-wrapped",
  withHarness(async (h) => {
    const leave = userOfKeys(h);
    const facts = {
      id: randomUuid(),
      keyPath: parseKeyPath("late"),
      namespace: namespaceOf(null),
      description: null,
    };
    const more = { type: "KEY_VALUE", encoding: "utf8", isDecoy: false, isUnredactable: false } as const;
    const late = sealNewSecret(h.vault, { ...facts, ...more }, utf8("came late"), h.clock.now());
    await post(h, { wait: false });
    for (let look = 0; look < 20; look++) assert.equal((await progress(h)).state, "running");
    await h.ledger.commit(async (tx) => void await tx.db.insertInto("secrets").values(late).execute());
    assert.equal((await progress(h)).rows_remaining, 1);
    await leave();
    assert.equal((await over(h)).state, "completed");
    assert.equal(await read(h, facts.id), "came late");
  }),
);

Deno.test(
  "a row that was read before the rotation and is opened after it opens: the old key waits for its readers",
  withHarness(async (h) => {
    const id = await seedSecret(h, "slow_reader");
    const row = rawTables(h.path).find(({ place }) => place.id === id);
    const leaveWriter = userOfKeys(h);
    await post(h, { wait: false });
    const leaveReader = userOfKeys(h);
    await leaveWriter();
    assert.equal((await over(h)).state, "completed");
    assert.ok(row !== undefined && row.sealed.kek_version === 1);
    assert.ok(openEnvelope(h.keyring, row.place, row.sealed) !== undefined);
    await leaveReader();
    for (let look = 0; look < 5; look++) await progress(h);
    assert.ok(!h.vault.kek.holds(1), "nobody is left who needs the old key, so it is wiped");
    assert.equal(await read(h, id), "value of slow_reader");
  }),
);

Deno.test(
  "A3: two rotations after one another work, and one during another is refused",
  withHarness(async (h) => {
    const id = await seedSecret(h, "key");
    const leave = userOfKeys(h);
    await post(h, { wait: false });
    const second = await post(h);
    assert.equal(second.status, 409, second.text);
    assert.equal(second.json()["error_code"], "kek_rotation_running");
    await leave();
    await over(h);
    assert.equal((await rotated(h, { current_kek_password: NEW_PASSWORD })).new_kek_version, 3);
    assert.equal(await read(h, id), "value of key");
  }),
);

Deno.test(
  "of rotations that are asked for at the same moment one is made",
  withHarness(async (h) => {
    const answers = await Promise.all([1, 2, 3].map((each) => post(h, { new_kek_password: `new ${each}` })));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409, 409]);
    assert.equal((await progress(h)).kek_version, 2);
  }),
);

Deno.test(
  "B18: a current password that is given is proved, and guesses are slowed down",
  withHarness(async (h) => {
    for (let guess = 0; guess < 3; guess++) {
      assert.equal((await post(h, { current_kek_password: `guess ${guess}` })).status, 403);
    }
    const slowed = await post(h, { current_kek_password: TEST_PASSWORD });
    assert.equal(slowed.status, 429, slowed.text);
    assert.equal((await progress(h)).state, "idle");
    h.clock.advance(60_000);
    assert.equal((await rotated(h, { current_kek_password: TEST_PASSWORD })).rotated, true);
  }),
);

Deno.test(
  "A2: a lost password is no obstacle: without it a new one is set",
  withHarness(async (h) => {
    assert.equal((await rotated(h)).rotated, true);
  }),
);

Deno.test(
  "a blank new password is refused, and changes nothing",
  withHarness(async (h) => {
    for (const new_kek_password of ["", " \t\n "]) {
      const answer = await post(h, { new_kek_password });
      assert.equal(answer.status, 400);
    }
    assert.equal((await progress(h)).kek_version, 1);
    assert.equal((await h.stranger.post("/admin/rotate-key", { new_kek_password: "x" })).status, 401);
  }),
);

Deno.test(
  "a rotation is in the log and raised as an event, and no password is in either",
  withHarness(async (h) => {
    await seedSecret(h, "key");
    await rotated(h, { current_kek_password: TEST_PASSWORD });
    const rows = (await h.auditRows()).filter(({ action }) => action.startsWith("rotate_kek"));
    assert.deepEqual(
      rows.map(({ principal, action, status, details }) => [principal, action, status, details]),
      [
        ["admin", "rotate_kek", "success", '{"kek_version":2}'],
        ["system", "rotate_kek_complete", "success", rows[1]?.details],
      ],
    );
    const events = await h.store.reader.selectFrom("events").selectAll().execute();
    assert.deepEqual(events.map(({ kind }) => kind), ["kek_rotated"]);
    const said = await h.transcript() + JSON.stringify(events);
    assert.ok(!said.includes(NEW_PASSWORD) && !said.includes(TEST_PASSWORD));
  }),
);

Deno.test(
  "recovery shares of before are void, and the list says so",
  withHarness(async (h) => {
    const set = { threshold: 2, shares: 2, password: TEST_PASSWORD };
    assert.equal((await h.admin.post("/admin/shamir/generate", set)).status, 200);
    assert.match((await rotated(h)).message, /older recovery shares are void/);
    const [listed] = (await h.admin.get("/admin/shamir/sets")).json<{ opens_vault: boolean }[]>();
    assert.equal(listed?.opens_vault, false);
  }),
);

Deno.test(
  "a row that does not open blocks the end, is named, keeps the old key, and is told of once",
  withHarness(async (h) => {
    const [good, bad] = [await seedSecret(h, "good"), await seedSecret(h, "bad")];
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("secrets").set({ wrapped_dek: new Uint8Array(65) }).where("id", "=", bad)
        .execute();
    });
    const blocked = await post(h);
    assert.equal(blocked.status, 202, blocked.text);
    const answer = blocked.json<RotateKeyAnswer>();
    assert.deepEqual([answer.rotated, answer.state, answer.rows_remaining], [false, "blocked", 1]);
    assert.deepEqual(answer.unreadable, [{ table: "secrets", id: bad }]);
    assert.ok(h.vault.kek.holds(1));
    assert.equal(await read(h, good), "value of good");
    for (let minute = 0; minute < 3; minute++) {
      h.clock.advance(60_000);
      await h.app.housekeep();
      await over(h);
    }
    const alarms = (await h.auditRows()).filter(({ action }) => action === "rotate_kek_blocked");
    assert.deepEqual(alarms.map(({ status }) => status), ["alarm"]);

    assert.equal((await h.admin.delete(`/admin/secrets/${bad}`)).status, 200);
    while ((await progress(h)).state !== "completed") {
      h.clock.advance(60_000);
      await h.app.housekeep();
    }
    assert.deepEqual([await opensWith(h, TEST_PASSWORD), await opensWith(h, NEW_PASSWORD)], [false, true]);
  }),
);

Deno.test(
  "B12: no two sealed rows can change places, before and after a rotation",
  withHarness(async (h) => {
    for (let at = 0; at < 4; at++) await seedSecret(h, `key_${at}`);
    const id = await seedSecret(h, "key_0", { namespace: "other" });
    for (const value of ["second", "third"]) await h.admin.put(`/admin/secrets/${id}`, { value });
    for (const version of [1, 2]) {
      const rows = rawTables(h.path);
      assert.ok(rows.every(({ sealed }) => sealed.kek_version === version));
      for (const left of rows) {
        for (const right of rows) {
          const same = left === right;
          const { wrapped_dek, kek_version } = right.sealed;
          assert.equal(openEnvelope(h.keyring, left.place, right.sealed) !== undefined, same);
          const key = { ...left.sealed, wrapped_dek, kek_version };
          assert.equal(openEnvelope(h.keyring, left.place, key) !== undefined, same);
          const body = { ...left.sealed, sealed_body: right.sealed.sealed_body };
          assert.equal(openEnvelope(h.keyring, left.place, body) !== undefined, same);
        }
      }
      if (version === 1) await rotated(h);
    }
  }),
);

Deno.test(
  "B12: a row that is put back as it was before the rotation does not open any more",
  withHarness(async (h) => {
    const id = await seedSecret(h, "key");
    const before = rawTables(h.path).find(({ place }) => place.id === id);
    await rotated(h);
    for (let look = 0; look < 5; look++) await progress(h);
    assert.ok(before !== undefined);
    assert.equal(
      openEnvelope(h.keyring, secretPlace({ id, namespace: "default" }), before.sealed),
      undefined,
    );
  }),
);

Deno.test(
  "after a rotation neither the database nor its write-ahead log holds what led from one key to the other",
  withHarness(async (h) => {
    for (let at = 0; at < 20; at++) await seedSecret(h, `key_${at}`);
    const leave = userOfKeys(h);
    await post(h, { wait: false });
    const row = await h.store.reader.selectFrom("kek_rotations").selectAll().executeTakeFirstOrThrow();
    const links = [row.old_kek_under_new, row.new_kek_under_old].map((bytes) => (bytes ?? utf8("?")).toHex());
    const files = async () => {
      const read = (path: string) => Deno.readFile(path).then((bytes) => bytes.toHex(), () => "");
      return await read(h.path) + await read(`${h.path}-wal`);
    };
    for (const link of links) assert.ok((await files()).includes(link));
    await leave();
    await over(h);
    for (let look = 0; look < 5; look++) await progress(h);
    for (const link of links) assert.ok(!(await files()).includes(link));
  }),
);
