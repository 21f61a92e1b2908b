/** Sinks behind the whole server: what a release waits for, and what people are told. */

import assert from "node:assert/strict";
import { SECOND } from "../../../../shared/clock.ts";
import type { AuditSinkSummary } from "../../../../shared/api/audit_sinks.ts";
import { SinkFault } from "../../../../server/audit/sinks/sink.ts";
import { AuditSinks } from "../../../../server/audit/sinks/sinks.ts";
import { FakeSink } from "../../audit/sinks/support.ts";
import { expectError, expectOk, lastRow } from "../../support/expect.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { seedSecret } from "../../support/seed.ts";
import { storeAndGrant, TestAgent } from "../../support/test_agent.ts";
import { ManualClock } from "../../support/vault_fixture.ts";

const CANARY = "canary-value";

async function withSink(
  required: readonly "file"[],
  run: (h: Harness, sink: FakeSink, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const [sink, clock] = [new FakeSink(), new ManualClock()];
  const auditSinks = new AuditSinks({ sinks: [sink], required, clock, timeoutMs: 200 });
  const h = await createHarness({ clock, auditSinks });
  try {
    await run(h, sink, clock);
  } finally {
    await h.app.stop();
    await h.dispose();
    await auditSinks.close();
  }
}

const fail = () => Promise.reject(new SinkFault("the disk is full"));
const events = (h: Harness) =>
  h.store.reader.selectFrom("events").select(["kind", "facts"]).where("kind", "=", "audit_sink_failing")
    .execute();

Deno.test("a sink gets every row of the log, in order, the row of a release before its value is out", () =>
  withSink(["file"], async (h, sink) => {
    const id = await seedSecret(h, "key");
    expectOk(await h.admin.get(`/admin/secrets/${id}`));
    const rows = await h.auditRows();
    assert.equal(sink.taken.at(-1), rows.at(-1)?.seq, "it had the row when the answer went out");
    assert.deepEqual(sink.taken, rows.map(({ seq }) => seq));
  }));

Deno.test("nothing is released while a required sink fails: not to agents, not to the admin; changes go on", () =>
  withSink(["file"], async (h, sink, clock) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key", { value: CANARY });
    const { project_token } = await agent.obtain("p", ["KEY"]);
    expectOk(await agent.read("p", project_token));
    const id = await seedSecret(h, "other", { value: CANARY });
    sink.behave = fail;
    for (const answer of [await agent.read("p", project_token), await h.admin.get(`/admin/secrets/${id}`)]) {
      expectError(answer, 503, "audit_sink_unavailable");
      assert.match(answer.text, /disk is full.*CORTEX_AUDIT_SINKS_REQUIRED/);
      assert.equal(answer.text.includes(CANARY), false);
      assert.equal(answer.headers.get("Retry-After"), "1");
    }
    await seedSecret(h, "third");
    sink.behave = async () => {};
    clock.advance(SECOND);
    assert.match((await agent.read("p", project_token)).text, new RegExp(CANARY));
    assert.deepEqual(
      sink.taken,
      (await h.auditRows()).map(({ seq }) => seq),
      "nothing is lost, nothing twice",
    );
  }));

Deno.test("a required sink that hangs makes releases wait a bounded time, and then fail at once", () =>
  withSink(["file"], async (h, sink) => {
    const id = await seedSecret(h, "key");
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.behave = () => promise;
    expectError(await h.admin.get(`/admin/secrets/${id}`), 503, "audit_sink_unavailable");
    const started = performance.now();
    expectError(await h.admin.get(`/admin/secrets/${id}`), 503, "audit_sink_unavailable");
    assert.ok(performance.now() - started < 150);
    resolve();
  }));

Deno.test("a sink that is not required delays and stops nothing", () =>
  withSink([], async (h, sink) => {
    const id = await seedSecret(h, "key");
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.behave = () => promise;
    const started = performance.now();
    for (let count = 0; count < 5; count++) expectOk(await h.admin.get(`/admin/secrets/${id}`));
    assert.ok(performance.now() - started < 190);
    resolve();
  }));

Deno.test("an outage is told once: audit row, alarm and list; so is its end", () =>
  withSink([], async (h, sink, clock) => {
    sink.behave = fail;
    await seedSecret(h, "key");
    for (let count = 0; count < 4; count++) {
      clock.advance(5 * SECOND);
      await h.app.housekeep();
    }
    const row = await lastRow(h, "audit_sink_failing");
    assert.deepEqual([row.principal, row.status], ["system", "alarm"]);
    assert.equal((await events(h)).length, 1);
    assert.match((await events(h))[0]?.facts ?? "", /disk is full/);
    const [failing] = expectOk<AuditSinkSummary[]>(await h.admin.get("/admin/audit-sinks"));
    assert.deepEqual([failing?.state, failing?.problem, failing?.required], [
      "failing",
      "the disk is full",
      false,
    ]);
    assert.ok((failing?.behind ?? 0) > 0);
    sink.behave = async () => {};
    for (let count = 0; count < 3; count++) {
      clock.advance(5 * SECOND);
      await h.app.housekeep();
    }
    assert.equal((await lastRow(h, "audit_sink_recovered")).status, "success");
    const [well] = expectOk<AuditSinkSummary[]>(await h.admin.get("/admin/audit-sinks"));
    assert.deepEqual([well?.state, well?.problem, well?.failing_since], ["ok", null, null]);
  }));

Deno.test("tampering with what a sink holds is an alarm although rows go on arriving", () =>
  withSink(["file"], async (h, sink, clock) => {
    sink.findings = ["the file was shortened"];
    clock.advance(5 * SECOND);
    await h.app.housekeep();
    assert.equal((await lastRow(h, "audit_sink_tampered")).status, "alarm");
    assert.equal((await events(h)).length, 1);
    expectOk(await h.admin.get(`/admin/secrets/${await seedSecret(h, "key")}`));
  }));

Deno.test("a sink that flaps fills no mailbox: every change is in the log, the alarm comes once in ten minutes", () =>
  withSink([], async (h, sink, clock) => {
    for (let flap = 0; flap < 6; flap++) {
      sink.behave = flap % 2 === 0 ? fail : async () => {};
      await seedSecret(h, `key-${flap}`);
      clock.advance(5 * SECOND);
      await h.app.housekeep();
    }
    const rows = (await h.auditRows()).filter(({ action }) => action === "audit_sink_failing");
    assert.equal(rows.length, 3);
    assert.equal((await events(h)).length, 1);
    clock.advance(600 * SECOND);
    sink.behave = fail;
    await seedSecret(h, "last");
    await h.app.housekeep();
    assert.equal((await events(h)).length, 2);
  }));

Deno.test("the cursor is remembered, and a sink that shows no rows goes on from it after a restart", async () => {
  const [before, clock] = [new FakeSink(), new ManualClock()];
  const auditSinks = new AuditSinks({ sinks: [before], required: [], clock });
  const h = await createHarness({ clock, auditSinks });
  await seedSecret(h, "key");
  clock.advance(5 * SECOND);
  await h.app.housekeep();
  const arrived = before.taken.length;
  const again = await h.reopen();
  const after = new FakeSink();
  const restarted = new AuditSinks({ sinks: [after], required: [], clock });
  await restarted.attach(again.store.reader);
  await restarted.close();
  const all = await again.store.reader.selectFrom("audit_log").select("seq").orderBy("seq").execute();
  assert.deepEqual(after.taken, all.map(({ seq }) => seq).slice(arrived));
  assert.ok(after.taken.length > 0);
  await again.dispose();
});

Deno.test("a sink that has rows the database does not is how a rolled back database is found", async () => {
  const clock = new ManualClock();
  const h = await createHarness({ clock });
  for (const held of [{ seq: 999, mac: "00".repeat(32) }, { seq: 1, mac: "00".repeat(32) }]) {
    const sinks = new AuditSinks({
      sinks: [Object.assign(new FakeSink(), { holds: held })],
      required: [],
      clock,
    });
    await sinks.attach(h.store.reader);
    const [report] = sinks.followers.flatMap((follower) => follower.takeReports());
    assert.match(report?.reason ?? "", /restored, rolled back or rewritten/);
    await sinks.close();
  }
  await h.dispose();
});
