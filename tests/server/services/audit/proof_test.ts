/** What proves the audit log, tried by somebody who may write to the database file and has no key. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AuditConsistency, AuditHead, AuditRowProof, isSigned } from "../../../../shared/audit/head.ts";
import { verifyConsistency, verifyInclusion } from "../../../../shared/audit/merkle.ts";
import { ENCODED_COLUMNS, leafOf } from "../../../../shared/audit/row_encoding.ts";
import type { VerifyAuditResponse } from "../../../../shared/api/audit_verify.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../../shared/clock.ts";
import { fromHex } from "../../../../shared/encoding.ts";
import { SYSTEM_ORIGIN } from "../../../../server/audit/entry.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const ENTRY = { principal: "admin", action: "tested", status: "success", origin: SYSTEM_ORIGIN };
const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array();

async function write(h: Harness, rows: number): Promise<void> {
  await h.ledger.commit(async (tx) => {
    for (let n = 0; n < rows; n++) await tx.audit({ ...ENTRY, resourcePath: `row-${n}` });
  });
}

async function withLog(rows: number, work: (h: Harness) => Promise<void>, days = 60): Promise<void> {
  const h = await createHarness({ config: { auditRetentionDays: days } });
  try {
    await write(h, rows);
    await h.app.housekeep();
    await work(h);
  } finally {
    await h.dispose();
  }
}

/** Time passes, and what is due happens. */
async function pass(h: Harness, milliseconds: number): Promise<void> {
  h.clock.advance(milliseconds);
  await h.app.housekeep();
}

async function verify(h: Harness): Promise<VerifyAuditResponse> {
  let after: number | undefined;
  for (;;) {
    const answer = await h.admin.post("/admin/audit-logs/verify", after === undefined ? {} : { after });
    assert.equal(answer.status, 200, answer.text);
    const piece = answer.json<VerifyAuditResponse>();
    if (!piece.ok || piece.at_end) return piece;
    after = piece.to;
  }
}

async function head(h: Harness): Promise<AuditHead> {
  return AuditHead.parse((await h.stranger.get("/.well-known/cortex-audit-head")).json());
}

async function consistency(h: Harness, from: number): Promise<AuditConsistency> {
  const answer = await h.stranger.get(`/.well-known/cortex-audit-consistency?from=${from}`);
  return AuditConsistency.parse(answer.json());
}

async function proofOf(h: Harness, seq: number): Promise<AuditRowProof> {
  const rows = await h.auditRows();
  const id = rows.find((row) => row.seq === seq)?.id;
  return AuditRowProof.parse((await h.admin.get(`/admin/audit-logs/${id}/proof`)).json());
}

/** As the command line does it: from the row alone. */
function isProven({ row, leaf_index, proof, head: signed }: AuditRowProof): boolean {
  const values = ENCODED_COLUMNS.map((column) => {
    const value = row[column] ?? null;
    return column === "prev_mac" ? bytes(String(value)) : value;
  });
  const root = bytes(signed.root_hash);
  return isSigned(signed) &&
    verifyInclusion(leafOf(values), leaf_index, signed.tree_size, proof.map(bytes), root);
}

function tamper(h: Harness, sql: string): void {
  using db = new DatabaseSync(h.path);
  db.exec(`DROP TRIGGER IF EXISTS audit_log_is_append_only; ${sql}`);
}

Deno.test("a head is signed, goes on from every earlier one, and is the same for everybody for a while", async () => {
  await withLog(700, async (h) => {
    const first = await head(h);
    assert.ok(isSigned(first));
    assert.ok(!isSigned({ ...first, tree_size: first.tree_size + 1 }));
    await write(h, 300);
    assert.deepEqual(await head(h), first);
    await pass(h, 5 * MINUTE);
    const second = await head(h);
    assert.equal(second.public_key, first.public_key);
    const { proof, head: newest } = await consistency(h, first.tree_size);
    assert.ok(verifyConsistency(
      { size: first.tree_size, root: bytes(first.root_hash) },
      { size: newest.tree_size, root: bytes(newest.root_hash) },
      proof.map(bytes),
    ));
    const ahead = await h.stranger.get("/.well-known/cortex-audit-consistency?from=999999");
    assert.equal(ahead.status, 404);
  });
});

Deno.test("a row is proven to be in the tree without the audit key, and a changed one is not", async () => {
  await withLog(600, async (h) => {
    for (const seq of [1, 2, 256, 257, 400, 601]) {
      const proof = await proofOf(h, seq);
      assert.ok(isProven(proof), `row ${seq}`);
      for (const column of ENCODED_COLUMNS) {
        const other = typeof proof.row[column] === "number" ? 12_345 : "ab".repeat(32);
        assert.ok(!isProven({ ...proof, row: { ...proof.row, [column]: other } }), column);
      }
    }
  });
});

Deno.test("B14: verification names what is wrong: changed, moved, missing, cut off, a changed tree", async (test) => {
  const cases: readonly (readonly [name: string, sql: string, seq: number, fault: string])[] = [
    ["a changed field", "UPDATE audit_log SET action = 'other' WHERE seq = 300", 300, "changed"],
    ["a changed time", "UPDATE audit_log SET at = at + 1 WHERE seq = 300", 300, "changed"],
    [
      "a field that goes on behind a NUL, so that no filter finds it",
      "UPDATE audit_log SET action = action || char(0) || 'x' WHERE seq = 300",
      300,
      "changed",
    ],
    [
      "a time that is too large a number",
      "UPDATE audit_log SET at = 9223372036854775807 WHERE seq = 300",
      300,
      "changed",
    ],
    ["a missing row", "DELETE FROM audit_log WHERE seq = 300", 300, "missing"],
    [
      "two swapped rows",
      "UPDATE audit_log SET seq = 9999 WHERE seq = 300; UPDATE audit_log SET seq = 300 WHERE seq = 310; UPDATE audit_log SET seq = 310 WHERE seq = 9999",
      300,
      "moved",
    ],
    [
      "a row written twice",
      "CREATE TEMP TABLE t AS SELECT * FROM audit_log WHERE seq = 310; DELETE FROM audit_log WHERE seq = 300; UPDATE t SET seq = 300; INSERT INTO audit_log SELECT * FROM t",
      300,
      "moved",
    ],
    ["a tail cut off", "DELETE FROM audit_log WHERE seq > 500", 501, "truncated"],
    [
      "a tail cut off with its record",
      "DELETE FROM audit_log WHERE seq > 500; DELETE FROM audit_tail",
      501,
      "truncated",
    ],
    [
      "a tail cut off with a made up record",
      "DELETE FROM audit_log WHERE seq > 500; UPDATE audit_tail SET seq = 500, mac = (SELECT mac FROM audit_log WHERE seq = 500)",
      501,
      "truncated",
    ],
    ["first rows gone", "DELETE FROM audit_log WHERE seq <= 256", 257, "unproven_start"],
    [
      "first rows gone behind a made up checkpoint",
      "INSERT INTO audit_checkpoints SELECT seq, mac, zeroblob(32), 0, zeroblob(64) FROM audit_log WHERE seq = 256; DELETE FROM audit_log WHERE seq <= 256",
      256,
      "unproven_start",
    ],
    [
      "a changed node of the tree",
      "UPDATE audit_tiles SET root = zeroblob(32) WHERE tile = 1",
      512,
      "tree_changed",
    ],
    ["a node taken out", "DELETE FROM audit_tiles WHERE tile = 0", 256, "tree_changed"],
    [
      "a node over rows to come",
      "INSERT INTO audit_tiles VALUES (2, zeroblob(32), NULL)",
      601,
      "tree_changed",
    ],
    [
      "leaves in the place of rows that are there",
      "UPDATE audit_tiles SET leaves = zeroblob(8192) WHERE tile = 1",
      512,
      "tree_changed",
    ],
    [
      "the whole log with its record and its tree",
      "DELETE FROM audit_log; DELETE FROM audit_tail; DELETE FROM audit_tiles",
      1,
      "truncated",
    ],
  ];
  for (const [name, sql, seq, fault] of cases) {
    await test.step(name, async () => {
      await withLog(599, async (h) => {
        assert.ok((await verify(h)).ok);
        tamper(h, sql);
        const found = await verify(h);
        assert.deepEqual({ seq: found.fault?.seq, fault: found.fault?.fault }, { seq, fault });
        const events = await h.store.reader.selectFrom("events").select("kind").execute();
        assert.deepEqual(events.filter(({ kind }) => kind === "audit_chain_broken").length, 1);
      });
    });
  }
});

Deno.test("B14: every byte of every column of a row is under the chain", async () => {
  await withLog(300, async (h) => {
    const [row] = (await h.auditRows()).filter(({ seq }) => seq === 200);
    assert.ok(row);
    for (const column of ["mac", "prev_mac"] as const) {
      for (let at = 0; at < 32; at++) {
        const changed = row[column].slice();
        changed[at] = (changed[at] ?? 0) ^ 0x80;
        tamper(h, `UPDATE audit_log SET ${column} = x'${changed.toHex()}' WHERE seq = 200`);
        assert.equal((await verify(h)).fault?.seq, 200, `${column} ${at}`);
        tamper(h, `UPDATE audit_log SET ${column} = x'${row[column].toHex()}' WHERE seq = 200`);
      }
    }
    assert.ok((await verify(h)).ok);
  });
});

Deno.test("what was changed while the server runs is told by itself, before it becomes a part of the tree", async () => {
  await withLog(100, async (h) => {
    await write(h, 400);
    tamper(h, "UPDATE audit_log SET status = 'denied' WHERE seq = 250");
    await pass(h, MINUTE);
    const broken = (await h.auditRows()).filter(({ action }) => action === "audit_chain_broken");
    assert.deepEqual(broken.map(({ status, details }) => [status, details]), [[
      "alarm",
      '{"seq":250,"fault":"changed"}',
    ]]);
    const tiles = await h.store.reader.selectFrom("audit_tiles").select("tile").execute();
    assert.deepEqual(tiles, []);
  });
});

/** What the server found by itself, after the seconds in which it looks. */
async function raised(h: Harness): Promise<unknown[]> {
  await pass(h, 5 * SECOND);
  const rows = await h.auditRows();
  return rows.filter(({ action }) => action === "audit_chain_broken").map(({ details }) => details);
}

Deno.test("B14: rows that come after a cut do not cover it up, and the server tells of it by itself", async (test) => {
  const cut = "DELETE FROM audit_log WHERE seq > 590;";
  const cuts: Readonly<Record<string, string>> = {
    "the rows": cut,
    "the rows and the record": `${cut} DELETE FROM audit_tail`,
    "the rows and the tree": `${cut} DELETE FROM audit_tiles`,
  };
  for (const [name, sql] of Object.entries(cuts)) {
    await test.step(name, async () => {
      await withLog(599, async (h) => {
        tamper(h, sql);
        await write(h, 20);
        const { fault } = await verify(h);
        assert.deepEqual({ seq: fault?.seq, fault: fault?.fault }, { seq: 591, fault: "missing" });
      });
      await withLog(599, async (h) => {
        tamper(h, sql);
        const [told = ""] = await raised(h);
        assert.match(String(told), /"seq":591,"fault":"(truncated|missing)"/);
      });
    });
  }
});

Deno.test("B14: an older end of the log, brought back with its record, is told of while the server runs", async () => {
  await withLog(100, async (h) => {
    tamper(h, "CREATE TABLE older AS SELECT * FROM audit_tail");
    const { seq = 0 } = (await h.auditRows()).at(-1) ?? {};
    await write(h, 20);
    tamper(
      h,
      `DELETE FROM audit_log WHERE seq > ${seq}; DELETE FROM audit_tail; INSERT INTO audit_tail SELECT * FROM older`,
    );
    assert.deepEqual(await raised(h), [`{"seq":${seq + 1},"fault":"truncated"}`]);
  });
});

Deno.test("a change in the newest rows of a quiet vault is told of in seconds, not when 256 are there", async () => {
  await withLog(100, async (h) => {
    tamper(h, "UPDATE audit_log SET status = 'denied' WHERE seq = 90");
    assert.deepEqual(await raised(h), ['{"seq":90,"fault":"changed"}']);
  });
});

Deno.test("a node that was made up or taken out is told of, so that none stops the server's look at new rows", async (test) => {
  const cases = [
    "INSERT INTO audit_tiles VALUES (1000000, zeroblob(32), NULL)",
    "DELETE FROM audit_tiles WHERE tile = 0",
  ];
  for (const sql of cases) {
    await test.step(sql, async () => {
      await withLog(599, async (h) => {
        tamper(h, sql);
        const [told = ""] = await raised(h);
        assert.match(String(told), /"fault":"tree_changed"/);
      });
    });
  }
});

Deno.test("leaves that were kept of rows that are gone are held against the checkpoint", async () => {
  await withLog(700, async (h) => {
    await pass(h, 61 * DAY);
    await pass(h, HOUR);
    assert.equal((await h.auditRows())[0]?.seq, 513);
    assert.ok((await verify(h)).ok);
    tamper(h, "UPDATE audit_tiles SET leaves = zeroblob(8192) WHERE tile = 0");
    assert.equal((await verify(h)).fault?.fault, "tree_changed");
  });
});

Deno.test("verification of a log on a damaged disk says so", async () => {
  await withLog(10, async (h) => {
    const page = () => {
      throw new Error("database disk image is malformed");
    };
    Object.assign(h.store.auditPages, { page });
    const answer = await h.admin.post("/admin/audit-logs/verify", {});
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.text, /because the database is damaged/);
  });
});

Deno.test("a proof over a log with a gap says that a row is missing", async () => {
  await withLog(100, async (h) => {
    tamper(h, "DELETE FROM audit_log WHERE seq = 90");
    const answer = await h.stranger.get("/.well-known/cortex-audit-head");
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.text, /Row 90 of the audit log is missing/);
  });
});

Deno.test("rows leave by their age in whole tiles; the rest verifies, and every head and proof stays good", async () => {
  await withLog(700, async (h) => {
    const old = await head(h);
    await pass(h, 59 * DAY);
    await write(h, 500);
    assert.equal((await h.auditRows())[0]?.seq, 1);
    await pass(h, 2 * DAY);
    await pass(h, HOUR);
    const rows = await h.auditRows();
    assert.equal(rows[0]?.seq, 513);
    assert.deepEqual(
      rows.filter(({ action }) => action === "audit_retention").map(({ details }) => details),
      [
        '{"up_to":512,"rows":512,"days":60}',
      ],
    );
    assert.ok((await verify(h)).ok);
    assert.ok(isProven(await proofOf(h, 513)));
    const { proof, head: newest } = await consistency(h, old.tree_size);
    assert.ok(verifyConsistency(
      { size: old.tree_size, root: bytes(old.root_hash) },
      { size: newest.tree_size, root: bytes(newest.root_hash) },
      proof.map(bytes),
    ));
    tamper(h, "UPDATE audit_checkpoints SET root = zeroblob(32)");
    assert.equal((await verify(h)).fault?.fault, "unproven_start");
  });
});

Deno.test("rows that do not verify are kept, however old: they are evidence; and 0 days keep everything", async () => {
  await withLog(700, async (h) => {
    tamper(h, "UPDATE audit_log SET status = 'denied' WHERE seq = 100; DELETE FROM audit_tiles");
    await pass(h, 400 * DAY);
    assert.equal((await h.auditRows())[0]?.seq, 1);
  });
  await withLog(700, async (h) => {
    await pass(h, 400 * DAY);
    assert.equal((await h.auditRows())[0]?.seq, 1);
  }, 0);
});
