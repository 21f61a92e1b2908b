import assert from "node:assert/strict";
import { Chores } from "../../../server/services/chores.ts";
import { ManualClock } from "../support/vault_fixture.ts";

Deno.test("Chores runs each at its own pace, and one that fails stops no other", async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const failed: unknown[] = [];
  const chores = new Chores(
    [
      { name: "broken", everyMs: 1_000, run: () => Promise.reject(new Error("no")) },
      { name: "quick", everyMs: 1_000, run: async () => void ran.push("quick") },
      { name: "slow", everyMs: 10_000, run: async () => void ran.push("slow") },
    ],
    clock,
    { error: (_event, fields) => void failed.push(fields?.["chore"]) },
  );
  await chores.runDue();
  clock.advance(999);
  await chores.runDue();
  clock.advance(1);
  await chores.runDue();
  assert.deepEqual(ran, ["quick", "slow", "quick"]);
  assert.deepEqual(failed, ["broken", "broken"]);
});

Deno.test("Chores does not start a chore that still runs", async () => {
  const clock = new ManualClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  let starts = 0;
  const chore = { name: "long", everyMs: 1, run: () => (starts++, promise) };
  const chores = new Chores([chore], clock, { error: () => {} });
  const first = chores.runDue();
  clock.advance(5_000);
  const second = chores.runDue();
  resolve();
  await Promise.all([first, second]);
  assert.equal(starts, 1);
});
