import assert from "node:assert/strict";
import { SECOND, unixSeconds } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import { Freshness } from "../../../server/identity/freshness.ts";
import { ReplayCache } from "../../../server/identity/replay_cache.ts";
import { ManualClock } from "../support/vault_fixture.ts";

const setUp = () => {
  const clock = new ManualClock();
  const seconds = () => unixSeconds(clock.now());
  return { clock, seconds, cache: new ReplayCache(clock) };
};

Deno.test("ReplayCache.claim takes an id once per owner", () => {
  const { cache, seconds } = setUp();
  assert.equal(cache.claim("a", "id", seconds()), true);
  assert.equal(cache.claim("a", "id", seconds()), false);
  assert.equal(cache.claim("a", "id", seconds() + 7), false);
  assert.equal(cache.claim("a", "id2", seconds()), true);
  assert.equal(cache.claim("b", "id", seconds()), true);
});

Deno.test("B16: ReplayCache remembers an id to the last second in which its signature is accepted", () => {
  for (const skew of [-300, -1, 0, 1, 299, 300]) {
    const { cache, clock, seconds } = setUp();
    const freshness = new Freshness(clock, 0);
    const ts = seconds() + skew;
    assert.ok(cache.claim("a", "id", ts));
    for (let second = 0; second <= 601; second++) {
      const accepted = isFresh(freshness, ts);
      if (accepted) assert.equal(cache.claim("a", "id", ts), false, `skew ${skew}, second ${second}`);
      clock.advance(SECOND);
    }
    assert.ok(!isFresh(freshness, ts));
  }
});

function isFresh(freshness: Freshness, ts: number): boolean {
  try {
    freshness.check(ts, "attestation.expired");
    return true;
  } catch {
    return false;
  }
}

Deno.test("ReplayCache forgets what can no longer be replayed", () => {
  const { cache, clock, seconds } = setUp();
  for (let at = 0; at < 1_000; at++) cache.claim("a", `id${at}`, seconds());
  assert.equal(cache.size, 1_000);
  clock.advance(362 * SECOND);
  cache.claim("b", "x", seconds());
  assert.equal(cache.size, 1);
});

Deno.test("ReplayCache refuses new ids when an owner's room is used up, and forgets none", () => {
  const clock = new ManualClock();
  const cache = new ReplayCache(clock, { maxPerOwner: 3 });
  const ts = unixSeconds(clock.now());
  for (const id of ["1", "2", "3"]) assert.ok(cache.claim("a", id, ts));
  assert.throws(
    () => cache.claim("a", "4", ts),
    (error) => error instanceof VaultError && error.code === "server.busy",
  );
  for (const id of ["1", "2", "3"]) assert.equal(cache.claim("a", id, ts), false);
  assert.ok(cache.claim("b", "1", ts), "one owner's ids are not another's");
});

Deno.test("ReplayCache refuses new owners when there are too many", () => {
  const clock = new ManualClock();
  const cache = new ReplayCache(clock, { maxOwners: 2 });
  const ts = unixSeconds(clock.now());
  cache.claim("a", "1", ts);
  cache.claim("b", "1", ts);
  assert.throws(() => cache.claim("c", "1", ts), VaultError);
});

Deno.test("ReplayCache tells a hundred thousand ids apart", () => {
  const { cache, seconds } = setUp();
  for (let at = 0; at < 100_000; at++) {
    assert.ok(cache.claim("a", `00000000-0000-4000-8000-${at}`, seconds()));
  }
});

Deno.test("Freshness.check refuses everything up to the second in which the server started, whole seconds", () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1) + 999);
  const freshness = new Freshness(clock, clock.now());
  const started = unixSeconds(clock.now());
  assert.ok(!isFresh(freshness, started - 1));
  assert.ok(!isFresh(freshness, started));
  assert.ok(isFresh(freshness, started + 1));
  clock.advance(1);
  assert.ok(!isFresh(freshness, started));
});

Deno.test("Freshness.check takes exactly 300 seconds either way", () => {
  const clock = new ManualClock();
  const freshness = new Freshness(clock, 0);
  const now = unixSeconds(clock.now());
  for (const offset of [-300, 0, 300]) assert.ok(isFresh(freshness, now + offset));
  for (const offset of [-301, 301]) assert.ok(!isFresh(freshness, now + offset));
});

Deno.test("Freshness.check tells a client when a retry can work", () => {
  const clock = new ManualClock();
  const freshness = new Freshness(clock, clock.now());
  const now = unixSeconds(clock.now());
  assert.throws(() => freshness.check(now, "proof.expired"), (error) => {
    assert.ok(error instanceof VaultError);
    assert.equal(error.code, "proof.expired");
    assert.equal(error.retryAfter, 1);
    assert.deepEqual(error.details, {
      reason: "before_server_start",
      server_time: now,
      server_started_at: now,
    });
    return true;
  });
});
