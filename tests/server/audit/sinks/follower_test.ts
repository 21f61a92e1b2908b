import assert from "node:assert/strict";
import fc from "fast-check";
import { SECOND } from "../../../../shared/clock.ts";
import { Follower } from "../../../../server/audit/sinks/follower.ts";
import { SinkFault } from "../../../../server/audit/sinks/sink.ts";
import { ManualClock } from "../../support/vault_fixture.ts";
import { FakeSink, MemoryLog, rows } from "./support.ts";

function setUp(options: { length?: number; delivered?: number; maxQueued?: number } = {}) {
  const { length = 0, delivered = 0, maxQueued = 100 } = options;
  const [sink, log, clock] = [new FakeSink(), new MemoryLog(length), new ManualClock()];
  const from = { delivered, newest: length };
  const follower = new Follower(sink, log, clock, from, { timeoutMs: 50, maxQueued });
  const append = (count: number) => {
    const fresh = rows(log.length + 1, log.length + count);
    log.length += count;
    follower.committed(fresh);
  };
  return { sink, log, clock, follower, append };
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const fail = () => Promise.reject(new SinkFault("the disk is full"));

Deno.test("Follower brings rows of this moment without asking the database", async () => {
  const { sink, log, follower, append } = setUp();
  append(3);
  await follower.confirm(3);
  assert.deepEqual(sink.taken, [1, 2, 3]);
  assert.equal(log.reads, 0);
});

Deno.test("Follower catches up from its cursor after a restart, and goes on with what is new", async () => {
  const { sink, follower, append } = setUp({ length: 1_203, delivered: 2 });
  append(2);
  await follower.confirm(1_205);
  assert.deepEqual(sink.taken, upTo(1_205).slice(2));
  assert.equal(follower.behind, 0);
});

Deno.test("Follower keeps no more rows than its room in memory and loses none", async () => {
  const { sink, log, follower, append } = setUp({ maxQueued: 10 });
  const { promise, resolve } = Promise.withResolvers<void>();
  sink.behave = () => promise;
  for (let count = 0; count < 40; count++) append(3);
  resolve();
  await follower.confirm(120);
  assert.deepEqual(sink.taken, upTo(120));
  assert.ok(log.reads > 0);
});

Deno.test("Follower delivers every row once and in order, whatever fails in between", async () => {
  const step = fc.oneof(
    fc.constant("fail" as const),
    fc.constant("mend" as const),
    fc.integer({ min: 1, max: 9 }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const { sink, log, clock, follower, append } = setUp({ maxQueued: 7 });
    for (const each of steps) {
      if (each === "fail") sink.behave = fail;
      else if (each === "mend") sink.behave = async () => {};
      else append(each);
      clock.advance(SECOND);
      await follower.tend();
    }
    sink.behave = async () => {};
    clock.advance(SECOND);
    await follower.tend();
    assert.deepEqual(sink.taken, upTo(log.length));
    assert.equal(follower.problem, undefined);
  }));
});

Deno.test("Follower.confirm fails at once while the sink is known to fail, and works again once it is mended", async () => {
  const { sink, clock, follower, append } = setUp();
  sink.behave = fail;
  append(1);
  await assert.rejects(follower.confirm(1), /disk is full/);
  let tries = 0;
  sink.behave = () => (tries++, fail());
  await assert.rejects(follower.confirm(1), /disk is full/);
  assert.equal(tries, 0, "not tried again within the second");
  sink.behave = async () => {};
  clock.advance(SECOND);
  await follower.confirm(1);
  const kinds = follower.takeReports().map(({ kind }) => kind);
  assert.deepEqual(kinds, ["failing", "recovered"]);
});

Deno.test("Follower waits a bounded time for a sink that hangs, and writes nothing beside the write that hangs", async () => {
  const { sink, clock, follower, append } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  let writes = 0;
  sink.behave = () => (writes++, promise);
  append(1);
  const started = performance.now();
  await assert.rejects(follower.confirm(1), /does not answer in time/);
  assert.ok(performance.now() - started < 2_000);
  append(1);
  clock.advance(10 * SECOND);
  await follower.tend();
  const again = performance.now();
  await assert.rejects(follower.confirm(2), /does not answer in time/);
  assert.ok(performance.now() - again < 40, "who comes later does not wait");
  assert.equal(writes, 1);
  resolve();
  await new Promise((done) => setTimeout(done, 0));
  sink.behave = async () => {};
  clock.advance(SECOND);
  await follower.confirm(2);
  assert.deepEqual(sink.taken, [1, 1, 2], "at least once: the late write had arrived after all");
});

Deno.test("Follower tells of a fault once, not with every try", async () => {
  const { sink, clock, follower, append } = setUp();
  sink.behave = fail;
  append(1);
  for (let count = 0; count < 5; count++) {
    clock.advance(SECOND);
    await follower.tend();
  }
  assert.deepEqual(follower.takeReports(), [{ kind: "failing", reason: "the disk is full" }]);
  assert.ok(follower.failingSince !== undefined);
});

Deno.test("Follower says which rows were gone before they could arrive, and goes on behind them", async () => {
  const { sink, log, follower, append } = setUp({ length: 10 });
  log.oldest = 5;
  append(1);
  await follower.confirm(11);
  assert.deepEqual(sink.taken, [5, 6, 7, 8, 9, 10, 11]);
  assert.match(follower.takeReports()[0]?.reason ?? "", /rows 1 to 4 were gone/);
});

Deno.test("Follower passes on what the sink found", async () => {
  const { sink, follower } = setUp();
  sink.findings = ["the file was shortened"];
  await follower.tend();
  assert.deepEqual(follower.takeReports(), [{ kind: "tampered", reason: "the file was shortened" }]);
  assert.deepEqual(follower.takeReports(), []);
});
