import assert from "node:assert/strict";
import { waitForApproval } from "../../../cli/run/wait.ts";
import { Terminal } from "../../../cli/terminal.ts";
import { SECOND } from "../../../shared/clock.ts";
import { type ErrorCode, VaultError } from "../../../shared/errors.ts";

/** A clock that only sleeping moves. */
function tools() {
  let now = 0;
  return {
    clock: { now: () => now },
    sleep: (milliseconds: number) => {
      now += milliseconds;
      return Promise.resolve();
    },
    terminal: new Terminal({ out: () => {}, err: () => {}, errIsTerminal: false }, () => undefined),
  };
}

const pending = new VaultError("grant.pending", "Waits");

/** Fails with each of the codes, then succeeds; notes when it was called. */
function attempts(codes: readonly ErrorCode[], clock: { now(): number }, retryAfter?: number) {
  const times: number[] = [];
  const attempt = () => {
    times.push(clock.now() / SECOND);
    const code = codes[times.length - 1];
    if (code === undefined) return Promise.resolve("ran");
    return Promise.reject(new VaultError(code, "No", retryAfter === undefined ? {} : { retryAfter }));
  };
  return { times, attempt };
}

Deno.test("waitForApproval never makes more than five discovers in a minute", async () => {
  const own = tools();
  const { times, attempt } = attempts(Array(20).fill("grant.pending"), own.clock);
  assert.equal(await waitForApproval(pending, attempt, 3600 * SECOND, own), "ran");
  const all = [0, ...times];
  for (const start of all) {
    assert.ok(all.filter((at) => at >= start && at < start + 60).length <= 5, String(all));
  }
});

Deno.test("waitForApproval waits through a server that is away, sealed or busy", async () => {
  const own = tools();
  const { attempt } = attempts([
    "server.unreachable",
    "server.sealed",
    "request.rate_limited",
    "grant.pending",
  ], own.clock);
  assert.equal(await waitForApproval(pending, attempt, 600 * SECOND, own), "ran");
});

Deno.test("waitForApproval honours Retry-After", async () => {
  const own = tools();
  const { times, attempt } = attempts(["request.rate_limited"], own.clock, 40);
  await waitForApproval(pending, attempt, 600 * SECOND, own);
  assert.deepEqual(times, [5, 45]);
});

Deno.test("waitForApproval gives up when the time is over, and not before", async () => {
  const own = tools();
  const { attempt } = attempts(Array(100).fill("grant.pending"), own.clock);
  await assert.rejects(
    waitForApproval(pending, attempt, 100 * SECOND, own),
    (error) => error instanceof VaultError && error.code === "client.wait_timeout",
  );
  assert.equal(own.clock.now(), 100 * SECOND);
});

Deno.test("waitForApproval passes on what ends the waiting", async () => {
  const own = tools();
  const { attempt } = attempts(["grant.denied"], own.clock);
  await assert.rejects(
    waitForApproval(pending, attempt, 100 * SECOND, own),
    (error) => error instanceof VaultError && error.code === "grant.denied",
  );
});
