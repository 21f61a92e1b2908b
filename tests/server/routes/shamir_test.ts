import assert from "node:assert/strict";
import type { GeneratedShares, RecoverySetSummary } from "../../../shared/api/recovery.ts";
import { parseRecoveryShare, printSetId } from "../../../shared/recovery_share.ts";
import { combineShares, keyTagOf } from "../../../server/recovery/split.ts";
import { proveKek, readSealRow } from "../../../server/recovery/kek_proof.ts";
import { expectError } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { TEST_PASSWORD } from "../support/vault_fixture.ts";

const REQUEST = { threshold: 3, shares: 5, password: TEST_PASSWORD };

async function generate(h: Harness, change: Record<string, unknown> = {}): Promise<GeneratedShares> {
  const answer = await h.admin.post("/admin/shamir/generate", { ...REQUEST, ...change });
  assert.equal(answer.status, 200, answer.text);
  return answer.json<GeneratedShares>();
}

function parsed(text: string) {
  const share = parseRecoveryShare(text);
  assert.ok(share.ok);
  return share.share;
}

Deno.test(
  "POST /admin/shamir/generate gives shares of which any threshold is the vault's key",
  withHarness(async (h) => {
    const made = await generate(h);
    const seal = await readSealRow(h.store);
    assert.ok(seal !== undefined);
    assert.deepEqual([made.threshold, made.shares_count, made.shares.length], [3, 5, 5]);
    const shares = made.shares.map(parsed);
    for (const [at, share] of shares.entries()) {
      assert.deepEqual([share.number, share.threshold, share.total], [at + 1, 3, 5]);
      assert.equal(printSetId(share.setId), made.set_id);
      assert.deepEqual(share.keyTag, keyTagOf(seal.salt, 1));
    }
    const key = await combineShares([...shares.slice(0, 1), ...shares.slice(3)]);
    assert.ok(proveKek(key, seal) !== undefined);
    assert.equal(proveKek(await combineShares(shares.slice(0, 2)), seal), undefined);
  }),
);

Deno.test(
  "B18: the admin token alone makes no shares",
  withHarness(async (h) => {
    const { password: _left, ...without } = REQUEST;
    expectError(await h.admin.post("/admin/shamir/generate", without), 400, "request_invalid");
    const wrong = { ...REQUEST, password: "a guess" };
    expectError(await h.admin.post("/admin/shamir/generate", wrong), 403, "auth_password_wrong");
    expectError(await h.stranger.post("/admin/shamir/generate", REQUEST), 401, "auth_required");
    assert.deepEqual((await h.admin.get("/admin/shamir/sets")).json<RecoverySetSummary[]>(), []);
    const rows = (await h.auditRows()).filter(({ action }) => action === "shamir_generate");
    assert.deepEqual(rows.map(({ principal, status }) => [principal, status]), [
      ["admin", "denied:auth_password_wrong"],
      ["anonymous", "denied:auth_required"],
    ]);
  }),
);

Deno.test(
  "B18: guessing the password slows down, for the right one too, and for every address",
  withHarness(async (h) => {
    const guess = { ...REQUEST, password: "a guess" };
    for (let at = 0; at < 3; at++) {
      expectError(await h.admin.post("/admin/shamir/generate", guess), 403, "auth_password_wrong");
    }
    const refused = await h.admin.post("/admin/shamir/generate", REQUEST, { address: "192.0.2.7" });
    expectError(refused, 429, "auth_throttled");
    assert.equal(refused.headers.get("Retry-After"), "1");
    h.clock.advance(1_000);
    expectError(await h.admin.post("/admin/shamir/generate", guess), 403, "auth_password_wrong");
    assert.equal((await h.admin.post("/admin/shamir/generate", guess)).headers.get("Retry-After"), "2");
    h.clock.advance(2_000);
    await generate(h);
    await generate(h);
  }),
);

Deno.test(
  "POST /admin/shamir/generate refuses sizes that make no sense before it proves the password",
  withHarness(async (h) => {
    const sizes = [[1, 5], [0, 0], [6, 5], [2, 201], [201, 201], [-1, 5], [2.5, 5], ["3", "5"]];
    for (const [threshold, shares] of sizes) {
      const body = { ...REQUEST, password: "a guess", threshold, shares };
      expectError(await h.admin.post("/admin/shamir/generate", body), 400, "request_invalid");
    }
    await generate(h, { threshold: 2, shares: 2 });
    assert.equal((await generate(h, { threshold: 200, shares: 200 })).shares.length, 200);
  }),
);

Deno.test(
  "POST /admin/shamir/generate proves one password at a time",
  withHarness(async (h) => {
    const answers = await Promise.all([1, 2, 3].map(() => h.admin.post("/admin/shamir/generate", REQUEST)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 503, 503]);
  }),
);

Deno.test(
  "of a set the server keeps its size and nothing of a share, and tells the log and the channels of it",
  withHarness(async (h) => {
    const made = await generate(h);
    const [row] = (await h.auditRows()).filter(({ action }) => action === "shamir_generate");
    assert.equal(row?.status, "success");
    assert.equal(row?.resource_path, made.set_id);
    assert.deepEqual(JSON.parse(row?.details ?? ""), { threshold: 3, shares: 5, kek_version: 1 });
    const sets = await h.store.reader.selectFrom("recovery_sets").selectAll().execute();
    const events = await h.store.reader.selectFrom("events").selectAll().execute();
    assert.deepEqual(events.map(({ kind, source_ip, facts }) => [kind, source_ip, JSON.parse(facts)]), [
      ["recovery_shares_made", "127.0.0.1", { set: made.set_id, threshold: 3, shares: 5 }],
    ]);
    const seen = `${await h.transcript()}${Deno.inspect([sets, events])}`;
    for (const share of made.shares) {
      for (const group of share.split("-").slice(5)) assert.ok(!seen.includes(group), group);
    }
    assert.ok(!seen.includes(TEST_PASSWORD));
  }),
);

Deno.test(
  "B19: every set of the same key opens the vault, and each answer says how many older ones do",
  withHarness(async (h) => {
    assert.equal((await generate(h)).older_sets, 0);
    h.clock.advance(60_000);
    const second = await generate(h, { threshold: 2, shares: 2 });
    assert.equal(second.older_sets, 1);
    const sets = (await h.admin.get("/admin/shamir/sets")).json<RecoverySetSummary[]>();
    assert.equal(sets.length, 2);
    assert.deepEqual(sets[0], {
      set_id: second.set_id,
      threshold: 2,
      shares_count: 2,
      kek_version: 1,
      created_at: second.created_at,
      opens_vault: true,
    });
  }),
);

Deno.test(
  "GET /admin/shamir/sets says which sets a rotation has voided",
  withHarness(async (h) => {
    await generate(h);
    await h.ledger.commit((tx) => tx.db.updateTable("vault_seal").set({ kek_version: 2 }).execute());
    const [set] = (await h.admin.get("/admin/shamir/sets")).json<RecoverySetSummary[]>();
    assert.equal(set?.opens_vault, false);
  }),
);

Deno.test(
  "no shares are made of a key that was rotated while the password was proved",
  withHarness(async (h) => {
    const rotateFirst = h.ledger.commit((tx) =>
      tx.db.updateTable("vault_seal").set({ kek_version: 2 }).execute()
    );
    const answer = h.admin.post("/admin/shamir/generate", REQUEST);
    await rotateFirst;
    expectError(await answer, 409, "recovery_key_changed");
    assert.deepEqual(await h.store.reader.selectFrom("recovery_sets").selectAll().execute(), []);
  }),
);
