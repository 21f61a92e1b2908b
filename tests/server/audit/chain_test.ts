import assert from "node:assert/strict";
import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { rowMac } from "../../../server/audit/chain.ts";
import { verifyChain } from "../../../server/audit/verify.ts";
import { ENCODED_COLUMNS, encodeRow as encodeValues } from "../../../shared/audit/row_encoding.ts";
import { SYSTEM_ORIGIN } from "../../../server/audit/entry.ts";
import { AUDIT_COLUMNS } from "../../../server/store/audit_columns.ts";
import type { AuditRow } from "../../../server/store/writer.ts";
import { createVaultFixture, type VaultFixture } from "../support/vault_fixture.ts";

const ENTRY = { principal: "admin", action: "create_secret", status: "success", origin: SYSTEM_ORIGIN };

const text = () =>
  fc.option(fc.string({ unit: "binary", maxLength: 20 }).map((value) => value.replaceAll("\0", "")));
const bytes = () => fc.uint8Array({ minLength: 32, maxLength: 32 });
const arbitraryRow = fc.record<Omit<AuditRow, "mac">>({
  seq: fc.integer({ min: 1 }),
  id: fc.uuid(),
  at: fc.maxSafeNat(),
  principal: fc.string(),
  action: fc.string(),
  status: fc.string(),
  agent_id: text(),
  project_name: text(),
  namespace: text(),
  resource_path: text(),
  details: text(),
  request_id: text(),
  source_ip: text(),
  caller_pid: fc.option(fc.integer()),
  caller_binary_sha256: text(),
  caller_argv_hash: text(),
  caller_cwd: text(),
  caller_git_commit: text(),
  hostname: text(),
  os: text(),
  prev_mac: bytes(),
});

const encodeRow = (row: Omit<AuditRow, "mac">) => encodeValues(ENCODED_COLUMNS.map((column) => row[column]));

/** A log of `rows` rows besides those of the boot, and raw access to it as an attacker with the file has. */
async function tampered(change: (db: DatabaseSync) => void): Promise<unknown> {
  const vault = await createVaultFixture();
  for (let n = 0; n < 9; n++) {
    await vault.ledger.commit((tx) => tx.audit({ ...ENTRY, resourcePath: `secret-${n}` }));
  }
  const db = new DatabaseSync(vault.path);
  db.exec("DROP TRIGGER audit_log_is_append_only");
  change(db);
  db.close();
  const verdict = await verify(vault);
  await vault.dispose();
  return verdict;
}

function verify(vault: VaultFixture) {
  return verifyChain(vault.store.auditPages, vault.keys.auditMac, { pageSize: 4 });
}

Deno.test("B14: encodeRow never gives two rows the same bytes", () => {
  fc.assert(fc.property(arbitraryRow, arbitraryRow, (left, right) => {
    const one = encodeRow(left).toHex();
    assert.equal(one === encodeRow(right).toHex(), JSON.stringify(left) === JSON.stringify(right));
  }));
});

Deno.test("B14: encodeRow keeps text from moving between neighbouring columns", () => {
  const [row] = fc.sample(arbitraryRow, 1);
  assert.ok(row);
  const one = encodeRow({ ...row, hostname: "ab", os: "c" }).toHex();
  assert.notEqual(one, encodeRow({ ...row, hostname: "a", os: "bc" }).toHex());
  assert.notEqual(encodeRow({ ...row, os: null }).toHex(), encodeRow({ ...row, os: "" }).toHex());
});

/** The row with one byte of one column changed, for every byte that it has. */
function* withOneByteChanged(row: Omit<AuditRow, "mac">): Generator<Omit<AuditRow, "mac">> {
  for (const column of ENCODED_COLUMNS) {
    const value = row[column];
    if (typeof value === "number") {
      for (let bit = 0; bit < 52; bit++) yield { ...row, [column]: value + 2 ** bit };
    } else if (typeof value === "string") {
      for (let at = 0; at < value.length; at++) {
        const other = String.fromCharCode(value.charCodeAt(at) ^ 1);
        yield { ...row, [column]: value.slice(0, at) + other + value.slice(at + 1) };
      }
    } else if (value !== null) {
      for (let at = 0; at < value.length; at++) {
        yield { ...row, [column]: value.with(at, (value[at] ?? 0) ^ 1) };
      }
    }
  }
}

Deno.test("B14: a row with any one byte changed has another MAC", () => {
  const key = new Uint8Array(32).fill(7);
  const hex = "ab".repeat(32);
  const row: Omit<AuditRow, "mac"> = {
    seq: 1_234,
    id: crypto.randomUUID(),
    at: Date.UTC(2026, 0, 2),
    principal: "agent:one",
    action: "get_secrets",
    status: "success",
    agent_id: "one",
    project_name: "demo",
    namespace: "default",
    resource_path: "demo",
    details: '{"keys":["a"]}',
    request_id: "req-1",
    source_ip: "127.0.0.1",
    caller_pid: 99,
    caller_binary_sha256: hex,
    caller_argv_hash: hex,
    caller_cwd: "/srv",
    caller_git_commit: hex.slice(0, 40),
    hostname: "host",
    os: "linux/x86_64",
    prev_mac: new Uint8Array(32).fill(9),
  };
  const mac = rowMac(key, row).toHex();
  let changes = 0;
  for (const changed of withOneByteChanged(row)) {
    changes++;
    assert.notEqual(rowMac(key, changed).toHex(), mac);
  }
  assert.ok(changes > 400);
});

Deno.test("rowMac depends on the key and is 32 bytes", () => {
  const [row] = fc.sample(arbitraryRow, 1);
  assert.ok(row);
  const one = rowMac(new Uint8Array(32).fill(1), row);
  assert.equal(one.byteLength, 32);
  assert.notDeepEqual(one, rowMac(new Uint8Array(32).fill(2), row));
});

Deno.test("verifyChain accepts an untouched log, over several pages and a restart", async () => {
  let vault = await createVaultFixture();
  for (let n = 0; n < 10; n++) await vault.ledger.commit((tx) => tx.audit(ENTRY));
  vault = await vault.reopen();
  const verdict = await verify(vault);
  assert.ok(verdict.ok);
  assert.equal(verdict.rows, 12);
  await vault.dispose();
});

for (const column of AUDIT_COLUMNS.filter((name) => name !== "seq")) {
  Deno.test(`B14: verifyChain names a row whose ${column} was changed`, async () => {
    const value = column.endsWith("mac")
      ? "zeroblob(32)"
      : ["at", "caller_pid"].includes(column)
      ? "12345"
      : column === "details"
      ? `'{"a":1}'`
      : "'other'";
    const verdict = await tampered((db) =>
      db.exec(`UPDATE audit_log SET ${column} = ${value} WHERE seq = 5`)
    );
    assert.deepEqual(verdict, { ok: false, seq: 5, fault: "changed" });
  });
}

Deno.test("B14: verifyChain names the gap that a deleted row leaves", async () => {
  const verdict = await tampered((db) => db.exec("DELETE FROM audit_log WHERE seq = 5"));
  assert.deepEqual(verdict, { ok: false, seq: 5, fault: "missing" });
});

Deno.test("B14: verifyChain finds a deleted row whose number was given to the next ones", async () => {
  const verdict = await tampered((db) =>
    db.exec("DELETE FROM audit_log WHERE seq = 5; UPDATE audit_log SET seq = seq - 1 WHERE seq = 6")
  );
  assert.deepEqual(verdict, { ok: false, seq: 5, fault: "moved", origin: 6 });
});

Deno.test("B14: verifyChain finds two swapped rows", async () => {
  const verdict = await tampered((db) =>
    db.exec(`UPDATE audit_log SET seq = 100 WHERE seq = 5;
      UPDATE audit_log SET seq = 5 WHERE seq = 6; UPDATE audit_log SET seq = 6 WHERE seq = 100`)
  );
  assert.deepEqual(verdict, { ok: false, seq: 5, fault: "moved", origin: 6 });
});

Deno.test("B14: verifyChain finds a log without its first rows", async () => {
  const verdict = await tampered((db) => db.exec("DELETE FROM audit_log WHERE seq < 4"));
  assert.deepEqual(verdict, { ok: false, seq: 1, fault: "missing" });
});

Deno.test("B14: verifyChain finds a row of another log in place of one of this log", async () => {
  const other = await createVaultFixture();
  const foreign = await other.store.reader.selectFrom("audit_log").selectAll().executeTakeFirstOrThrow();
  await other.dispose();
  const verdict = await tampered((db) =>
    db.prepare("UPDATE audit_log SET mac = ? WHERE seq = 1").run(foreign.mac)
  );
  assert.deepEqual(verdict, { ok: false, seq: 1, fault: "changed" });
});

Deno.test("verifyChain notices a sound row that hangs on another one", async () => {
  const vault = await createVaultFixture();
  await vault.ledger.commit((tx) => tx.audit(ENTRY));
  const after = { seq: 1, mac: new Uint8Array(32) };
  const verdict = await verifyChain(vault.store.auditPages, vault.keys.auditMac, { after });
  assert.deepEqual(verdict, { ok: false, seq: 2, fault: "unlinked" });
  await vault.dispose();
});
