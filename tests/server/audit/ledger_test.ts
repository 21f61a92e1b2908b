import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../shared/clock.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { verifyChain } from "../../../server/audit/verify.ts";
import { type AuditEntry, SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { Ledger, ReleasePermit, type Tx } from "../../../server/audit/ledger.ts";
import { SqliteWriter } from "../../../server/store/writer.ts";
import { createVaultFixture, type VaultFixture } from "../support/vault_fixture.ts";

const entry = (resourcePath: string): AuditEntry => ({
  principal: "admin",
  action: "test",
  status: "success",
  resourcePath,
  origin: SYSTEM_ORIGIN,
});

function addNamespace(tx: Tx, name: string): Promise<unknown> {
  return tx.db.insertInto("namespaces").values({ name, description: null, created_at: 1 }).execute();
}

/** The resources of the rows written by a test, in order. */
async function written({ store }: VaultFixture): Promise<(string | null)[]> {
  const rows = await store.reader.selectFrom("audit_log").select("resource_path").where("action", "=", "test")
    .orderBy("seq").execute();
  return rows.map((row) => row.resource_path);
}

async function assertSound(vault: VaultFixture): Promise<void> {
  const verdict = await verifyChain(vault.store.auditPages, vault.keys.auditMac);
  assert.equal(verdict.ok, true);
}

Deno.test("Ledger.commit gives back what the work gave, once its row can be read by others", async () => {
  const vault = await createVaultFixture();
  const value = await vault.ledger.commit(async (tx) => {
    await tx.audit(entry("a"));
    return 42;
  });
  assert.equal(value, 42);
  assert.deepEqual(await written(vault), ["a"]);
  await vault.dispose();
});

Deno.test("Ledger.commit takes a work that throws back alone, with its audit rows, and the chain stays whole", async () => {
  const vault = await createVaultFixture();
  const works = ["a", "bad", "b", "bad", "c"].map((name, index) =>
    vault.ledger.commit(async (tx) => {
      await addNamespace(tx, `${name}${index}`);
      await tx.audit(entry(name));
      if (name === "bad") throw new Error("no");
    })
  );
  const results = await Promise.allSettled(works);
  assert.deepEqual(results.map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  assert.deepEqual(await written(vault), ["a", "b", "c"]);
  const names = await vault.store.reader.selectFrom("namespaces").select("name").orderBy("name").execute();
  assert.deepEqual(names.map(({ name }) => name), ["a0", "b2", "c4", "default"]);
  await assertSound(vault);
  await vault.dispose();
});

Deno.test("Ledger.commit undoes a work that broke a constraint and tells it", async () => {
  const vault = await createVaultFixture();
  await assert.rejects(vault.ledger.commit((tx) => addNamespace(tx, "default")), /UNIQUE/);
  await vault.ledger.commit((tx) => tx.audit(entry("after")));
  await assertSound(vault);
  await vault.dispose();
});

Deno.test("Ledger.commit runs works one after another, so that checking and then writing is safe", async () => {
  const vault = await createVaultFixture();
  const claim = () =>
    vault.ledger.commit(async (tx) => {
      const taken = await tx.db.selectFrom("namespaces").select("name").where("name", "=", "once").execute();
      if (taken.length > 0) return false;
      await addNamespace(tx, "once");
      return true;
    });
  const results = await Promise.all(Array.from({ length: 20 }, claim));
  assert.equal(results.filter(Boolean).length, 1);
  await vault.dispose();
});

Deno.test("Ledger.commit shares one transaction among works that wait together", async () => {
  const vault = await createVaultFixture();
  const other = new DatabaseSync(vault.path);
  const version = other.prepare("PRAGMA data_version");
  const before = Number(version.get()?.["data_version"]);
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => vault.ledger.commit((tx) => tx.audit(entry(`${n}`)))),
  );
  assert.equal(Number(version.get()?.["data_version"]) - before, 1);
  assert.equal((await written(vault)).length, 50);
  other.close();
  await vault.dispose();
});

Deno.test("Ledger refuses queries and rows of a work that is over", async () => {
  const vault = await createVaultFixture();
  const { tx, db } = await vault.ledger.commit(async (tx) => ({ tx, db: tx.db }));
  assert.throws(() => tx.db, /transaction is over/);
  await assert.rejects(tx.audit(entry("late")), /transaction is over/);
  const whileAnotherRuns = vault.ledger.commit(async () => {
    await assert.rejects(db.deleteFrom("namespaces").execute(), /transaction is over/);
  });
  await whileAnotherRuns;
  await vault.dispose();
});

Deno.test("Ledger.permit exists after its rows, and covers the named secrets only", async () => {
  const vault = await createVaultFixture();
  const permit = await vault.ledger.permit([entry("a"), entry("b")], ["id-1"]);
  assert.ok(permit instanceof ReleasePermit);
  assert.deepEqual(["id-1", "id-2"].map((id) => ReleasePermit.covers(permit, id)), [true, false]);
  assert.deepEqual(await written(vault), ["a", "b"]);
  await assert.rejects(vault.ledger.permit([], ["id-1"]), /needs an audit entry/);
  await vault.dispose();
});

Deno.test("Ledger refuses more works than may wait, and goes on", async () => {
  const vault = await createVaultFixture({ ledger: { maxWaiting: 3 } });
  const works = Array.from({ length: 5 }, (_, n) => vault.ledger.commit((tx) => tx.audit(entry(`${n}`))));
  const results = await Promise.allSettled(works);
  const codes = results.map((result) => result.status === "rejected" ? result.reason.code : "done");
  assert.deepEqual(codes, ["done", "done", "done", "server.busy", "server.busy"]);
  await vault.ledger.commit((tx) => tx.audit(entry("later")));
  await vault.dispose();
});

/** A ledger whose database cannot grow by another page. */
async function fullDisk(vault: VaultFixture) {
  await vault.ledger.flush();
  const db = new DatabaseSync(vault.path);
  const faults: unknown[] = [];
  const key = vault.keys.auditMac.use((bytes) => heapKeyStorage.store(bytes.slice()));
  const ledger = await Ledger.open(new SqliteWriter(db), key, systemClock, {
    onFault: (error) => faults.push(error),
  });
  const pages = Number(db.prepare("PRAGMA page_count").get()?.["page_count"]);
  const setRoom = (more: number) => db.exec(`PRAGMA max_page_count = ${pages + more}`);
  return { ledger, faults, setRoom, close: () => db.close() };
}

const long = "x".repeat(1_000);

Deno.test("Ledger on a full disk refuses everybody with server.audit_unavailable and gives no permit", async () => {
  const vault = await createVaultFixture();
  const disk = await fullDisk(vault);
  disk.setRoom(0);
  const waiting = Array.from({ length: 40 }, () => disk.ledger.permit([entry(long)], ["id-1"]));
  const results = await Promise.allSettled(waiting);
  const codes = new Set(
    results.map((result) => result.status === "rejected" ? result.reason.code : "permit"),
  );
  assert.deepEqual([...codes], ["server.audit_unavailable"]);
  assert.equal(disk.faults.length, 1);
  assert.deepEqual(await written(vault), []);
  disk.setRoom(1_000);
  await disk.ledger.permit([entry("again")], []);
  assert.deepEqual(await written(vault), ["again"]);
  await assertSound(vault);
  disk.close();
  await vault.dispose();
});

Deno.test("Ledger over a closed database answers server.audit_unavailable", async () => {
  const vault = await createVaultFixture();
  const disk = await fullDisk(vault);
  disk.close();
  await assert.rejects(disk.ledger.permit([entry("a")], ["id-1"]), { code: "server.audit_unavailable" });
  await vault.dispose();
});

Deno.test("Ledger goes on behind rows that another program wrote meanwhile", async () => {
  const vault = await createVaultFixture();
  const disk = await fullDisk(vault);
  await vault.ledger.commit((tx) => tx.audit(entry("one")));
  await disk.ledger.commit((tx) => tx.audit(entry("two")));
  await vault.ledger.commit((tx) => tx.audit(entry("three")));
  assert.deepEqual(await written(vault), ["one", "two", "three"]);
  await assertSound(vault);
  disk.close();
  await vault.dispose();
});

Deno.test("Ledger stores text as the database gives it back, so that odd characters do not break the chain", async () => {
  const vault = await createVaultFixture();
  const odd = "nul:\0 lone:\ud800 emoji:😀";
  await vault.ledger.commit((tx) =>
    tx.audit({ ...entry(odd), details: { odd }, origin: { ...SYSTEM_ORIGIN, caller: { pid: 1.5 } } })
  );
  assert.deepEqual(await written(vault), ["nul:\ufffd lone:\ufffd emoji:😀"]);
  await assertSound(vault);
  await vault.dispose();
});

Deno.test("Ledger.close finishes what waits and then takes nothing more", async () => {
  const vault = await createVaultFixture();
  const waiting = vault.ledger.commit((tx) => tx.audit(entry("last")));
  await vault.ledger.close();
  await waiting;
  await assert.rejects(vault.ledger.commit((tx) => tx.audit(entry("late"))), { code: "server.stopping" });
  assert.deepEqual(await written(vault), ["last"]);
  await vault.dispose();
});

Deno.test("Ledger keeps requests that arrive during a commit for the very next one", async () => {
  const vault = await createVaultFixture();
  const order: string[] = [];
  const note = (name: string) =>
    vault.ledger.commit((tx) => tx.audit(entry(name))).then(() => order.push(name));
  const later: Promise<unknown>[] = [];
  const first = vault.ledger.commit(async (tx) => {
    await tx.audit(entry("first"));
    later.push(note("second"), note("third"));
  });
  await first;
  await Promise.all(later);
  assert.deepEqual(order, ["second", "third"]);
  assert.deepEqual(await written(vault), ["first", "second", "third"]);
  await vault.dispose();
});
