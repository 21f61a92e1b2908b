import assert from "node:assert/strict";
import { LeakReports, type Leaks } from "../../../daemon/run/leak_reports.ts";
import { STDERR, STDOUT } from "../../../shared/socket/frames.ts";
import { ManualTimers } from "../support/manual_timers.ts";

function stage() {
  const timers = new ManualTimers();
  const sent: Leaks[] = [];
  const reports = new LeakReports(timers, (leaks) => {
    sent.push(leaks);
    return Promise.resolve();
  });
  return { timers, sent, reports };
}

Deno.test("LeakReports gathers hits for a moment and tells each name and stream once, with how often", async () => {
  const { timers, sent, reports } = stage();
  reports.hit(STDOUT, "A");
  reports.hit(STDOUT, "A");
  reports.hit(STDERR, "A");
  reports.hit(STDOUT, "B C");
  assert.deepEqual(sent, []);
  timers.advance(5_000);
  await reports.flush();
  assert.deepEqual(sent, [[
    { name: "A", stream: "stdout", times: 2 },
    { name: "A", stream: "stderr", times: 1 },
    { name: "B C", stream: "stdout", times: 1 },
  ]]);
});

Deno.test("LeakReports tells what is left at the end, and of nothing where nothing was printed", async () => {
  const { timers, sent, reports } = stage();
  await reports.flush();
  assert.deepEqual(sent, []);
  reports.hit(STDERR, "A");
  await reports.flush();
  assert.deepEqual(sent, [[{ name: "A", stream: "stderr", times: 1 }]]);
  assert.deepEqual(timers.waiting, []);
  reports.hit(STDERR, "A");
  assert.deepEqual(timers.waiting, [5_000]);
});
