import assert from "node:assert/strict";
import type { Tx } from "../../../server/audit/ledger.ts";
import { Refusals } from "../../../server/audit/refusals.ts";
import { MINUTE } from "../../../shared/clock.ts";
import { type Harness, withHarness } from "../support/harness.ts";

async function denied(h: Harness) {
  return (await h.auditRows()).filter((row) => row.status.startsWith("denied:"));
}

const repeated = (details: string | null | undefined): unknown =>
  details ? JSON.parse(details)["repeated"] : undefined;

Deno.test(
  "Refusals: a flood from one address becomes two rows, and the second says how many",
  withHarness(async (h) => {
    for (let count = 0; count < 50; count++) await h.stranger.get("/admin/secrets");
    assert.equal((await denied(h)).length, 1);
    h.clock.advance(MINUTE);
    await h.stranger.get("/admin/agents");
    const rows = await denied(h);
    assert.equal(rows.length, 3);
    assert.equal(rows[1]?.action, "list_secrets");
    assert.equal(repeated(rows[1]?.details), 49);
  }),
);

Deno.test(
  "Refusals: another address, action or code is another row",
  withHarness(async (h) => {
    await h.stranger.get("/admin/secrets");
    await h.stranger.get("/admin/secrets", { address: "192.0.2.9" });
    await h.stranger.get("/admin/agents");
    await h.stranger.get("/admin/secrets", { headers: { "X-Admin-Token": "wrong" } });
    const rows = (await denied(h)).map((row) => [row.action, row.status, row.source_ip]);
    assert.deepEqual(rows, [
      ["list_secrets", "denied:auth_required", "127.0.0.1"],
      ["list_secrets", "denied:auth_required", "192.0.2.9"],
      ["list_agents", "denied:auth_required", "127.0.0.1"],
      ["list_secrets", "denied:auth_invalid", "127.0.0.1"],
    ]);
  }),
);

Deno.test(
  "Refusals: a flood that goes on gets ever fewer rows, and the counts add up",
  withHarness(async (h) => {
    const requests = 6 * 360;
    for (let count = 0; count < requests; count++) {
      await h.stranger.get("/admin/secrets");
      h.clock.advance(MINUTE / 6);
    }
    await h.app.stop();
    const rows = await denied(h);
    assert.ok(rows.length < 15, `${rows.length} rows`);
    assert.equal(rows.reduce((sum, row) => sum + Number(repeated(row.details) ?? 1), 0), requests);
  }),
);

Deno.test(
  "Refusals: housekeeping writes the counts when nobody comes any more, and then forgets",
  withHarness(async (h) => {
    await h.stranger.get("/admin/secrets");
    await h.stranger.get("/admin/secrets");
    await h.app.housekeep();
    assert.equal((await denied(h)).length, 1);
    h.clock.advance(MINUTE);
    await h.app.housekeep();
    assert.equal(repeated((await denied(h)).at(-1)?.details), 1);
    h.clock.advance(3 * MINUTE);
    await h.app.housekeep();
    assert.equal((await denied(h)).length, 2);
    await h.stranger.get("/admin/secrets");
    assert.equal((await denied(h)).length, 3, "after a quiet time the first one is written at once again");
  }),
);

Deno.test(
  "Refusals: what is only counted is written when the app stops",
  withHarness(async (h) => {
    for (let count = 0; count < 4; count++) await h.stranger.get("/admin/secrets");
    await h.app.stop();
    assert.equal(repeated((await denied(h)).at(-1)?.details), 3);
  }),
);

Deno.test(
  "Refusals: a flood from many addresses is counted under one, and none is lost",
  withHarness(async (h) => {
    const refusals = new Refusals(h.ledger, h.clock, 10);
    for (let count = 0; count < 100; count++) {
      await refusals.record({
        principal: "anonymous",
        action: "list_secrets",
        status: "denied:auth_required",
        origin: { requestId: null, sourceIp: `192.0.2.${count}`, caller: {} },
      });
    }
    await refusals.flush();
    const rows = await denied(h);
    assert.equal(rows.length, 12);
    const total = rows.reduce((sum, row) => sum + Number(repeated(row.details) ?? 1), 0);
    assert.equal(total, 100);
    assert.equal(rows.at(-1)?.source_ip, null);
  }),
);

Deno.test(
  "Refusals: what the log could not take is told of by a later row",
  withHarness(async (h) => {
    let broken = true;
    const ledger = {
      commit: (work: (tx: Tx) => Promise<void>) =>
        broken ? Promise.reject(new Error("disk full")) : h.ledger.commit(work),
    };
    const refusals = new Refusals(ledger, h.clock);
    const refusal = {
      principal: "anonymous",
      action: "list_secrets",
      status: "denied:auth_required",
      origin: { requestId: null, sourceIp: "192.0.2.1", caller: {} },
    };
    await assert.rejects(refusals.record(refusal), /disk full/);
    await refusals.record(refusal);
    await assert.rejects(refusals.flush(), /disk full/);
    broken = false;
    await refusals.flush();
    assert.deepEqual((await denied(h)).map((row) => repeated(row.details)), [2]);
  }),
);

Deno.test(
  "createApp: stopping does not fail where the log is gone, so that the keys are wiped",
  withHarness(async (h) => {
    for (let count = 0; count < 2; count++) await h.stranger.get("/admin/secrets");
    await h.ledger.close();
    await h.app.stop();
    assert.equal(h.logged.at(-1)?.event, "refusals not audited");
  }),
);
