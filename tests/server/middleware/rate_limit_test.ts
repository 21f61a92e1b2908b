import assert from "node:assert/strict";
import { RateLimiter, RATES, WRONG_PROOF_COST } from "../../../server/middleware/rate_limit.ts";
import { AuthThrottle } from "../../../server/middleware/auth_throttle.ts";
import { MINUTE, SECOND } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";
import { ADMIN_TOKEN, withHarness } from "../support/harness.ts";
import { ManualClock } from "../support/vault_fixture.ts";

function refusedAfter(limiter: RateLimiter, name: keyof typeof RATES, key: string): number {
  for (let count = 0; count < 10_000; count++) {
    try {
      limiter.spend(name, key);
    } catch {
      return count;
    }
  }
  return Infinity;
}

Deno.test("RateLimiter lets a burst through, then one for each interval", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock);
  assert.equal(refusedAfter(limiter, "device_authorize", "a"), 5);
  clock.advance(12 * SECOND);
  assert.equal(refusedAfter(limiter, "device_authorize", "a"), 1);
  clock.advance(10 * MINUTE);
  assert.equal(refusedAfter(limiter, "device_authorize", "a"), 5);
});

Deno.test("RateLimiter tells how long to wait, and that long is enough", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock);
  refusedAfter(limiter, "device_authorize", "a");
  const wait = waitOf(() => limiter.spend("device_authorize", "a"));
  assert.equal(wait, 12);
  clock.advance(wait * SECOND);
  limiter.spend("device_authorize", "a");
});

Deno.test("RateLimiter A24: one address, agent or code does not use up another's", () => {
  const limiter = new RateLimiter(new ManualClock());
  refusedAfter(limiter, "device_authorize", "a");
  assert.equal(refusedAfter(limiter, "device_authorize", "b"), 5);
});

Deno.test("RateLimiter does not count what it refused", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock);
  refusedAfter(limiter, "device_authorize", "a");
  for (let count = 0; count < 1_000; count++) waitOf(() => limiter.spend("device_authorize", "a"));
  clock.advance(12 * SECOND);
  limiter.spend("device_authorize", "a");
});

Deno.test("RateLimiter B22: its memory is bounded whatever the keys", () => {
  const limiter = new RateLimiter(new ManualClock(), 100);
  for (let count = 0; count < 5_000; count++) limiter.spend("public", `key-${count}`);
  assert.equal(limiter.size, 100);
});

Deno.test("RateLimiter B22: the keys not seen for longest are the ones forgotten", () => {
  const limiter = new RateLimiter(new ManualClock(), 3);
  for (const key of ["a", "a", "a", "a", "a", "b", "c", "a"]) {
    try {
      limiter.spend("device_authorize", key);
    } catch {
      // The sixth of "a": refused, and still remembered.
    }
  }
  limiter.charge("device_authorize", "a");
  limiter.spend("device_authorize", "d");
  assert.ok(waitOf(() => limiter.spend("device_authorize", "a")) > 0);
});

Deno.test("RateLimiter A7: a client that polls at the interval for the whole life of its code is never refused", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock);
  for (let poll = 0; poll < 120; poll++) {
    clock.advance(5 * SECOND);
    limiter.spend("device_poll", "one code");
    limiter.spend("device_token", "one address");
  }
});

Deno.test("RateLimiter A7: fifty hosts behind one address that poll together are never refused", () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock);
  for (let round = 0; round < 120; round++) {
    clock.advance(5 * SECOND);
    for (let host = 0; host < 50; host++) limiter.spend("device_token", "one address");
  }
});

Deno.test("AuthThrottle: a few slips cost nothing, then each wrong token doubles the wait up to five minutes", () => {
  const clock = new ManualClock();
  const throttle = new AuthThrottle(clock);
  for (let slip = 0; slip < 5; slip++) {
    throttle.failed("a");
    throttle.check("a");
  }
  const waits: number[] = [];
  for (let guess = 0; guess < 11; guess++) {
    throttle.failed("a");
    const wait = waitOf(() => throttle.check("a"));
    waits.push(wait);
    clock.advance(wait * SECOND);
    throttle.check("a");
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
});

Deno.test("AuthThrottle B22: its memory is bounded whatever the addresses", () => {
  const throttle = new AuthThrottle(new ManualClock());
  for (let count = 0; count < 20_000; count++) throttle.failed(`address-${count}`);
  assert.ok(throttle.size <= 10_000);
});

Deno.test(
  "admin token B18: guessing is slowed down per address and locks nobody else out",
  withHarness(async (h) => {
    const guess = () =>
      h.stranger.get("/admin/agents", { headers: { "X-Admin-Token": "wrong" }, address: "192.0.2.66" });
    for (let count = 0; count < 6; count++) assert.equal((await guess()).status, 401);
    const throttled = await guess();
    assert.equal(throttled.status, 429);
    assert.equal(throttled.json()["error_code"], "auth_throttled");
    assert.equal(throttled.headers.get("Retry-After"), "1");
    assert.equal((await h.admin.get("/admin/agents", { address: "192.0.2.1" })).status, 200);
    assert.equal(
      (await h.admin.get("/admin/agents", { address: "192.0.2.66" })).status,
      429,
      "not even the right one",
    );
    h.clock.advance(SECOND);
    assert.equal((await h.admin.get("/admin/agents", { address: "192.0.2.66" })).status, 200);
  }),
);

Deno.test(
  "admin token: absent, empty, long and almost right ones are refused alike",
  withHarness(async (h) => {
    for (const token of ["", `${ADMIN_TOKEN} x`, ADMIN_TOKEN.slice(1), "x".repeat(5_000)]) {
      const answer = await h.stranger.get("/admin/agents", { headers: { "X-Admin-Token": token } });
      assert.equal(answer.status, 401);
    }
  }),
);

Deno.test(
  "rate limits: the address over its limit gets 429 with Retry-After, and a row says so",
  withHarness(async (h) => {
    const ask = (address: string) => h.stranger.get("/.well-known/jwks.json", { address });
    for (let count = 0; count < RATES.public.burst; count++) await ask("192.0.2.1");
    const answer = await ask("192.0.2.1");
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers.get("Retry-After")) >= 1);
    assert.equal((await h.auditRows()).at(-1)?.status, "denied:request_rate_limited");
    assert.notEqual((await ask("192.0.2.2")).status, 429);
  }),
);

Deno.test(
  "rate limits B11: wrong proofs at discover cost tenfold, whatever the forwarded header says",
  withHarness(async (h) => {
    const body = {
      agent_id: "nobody",
      auth_proof: "A".repeat(86),
      ts: Math.floor(h.clock.now() / SECOND),
      nonce: "0011223344556677",
      context: { project_name: "app", file_content: "A=" },
    };
    let refused = 0;
    for (let count = 0; count < 100; count++) {
      const headers = { "X-Forwarded-For": `198.51.100.${count}` };
      const answer = await h.stranger.post("/agent/discover", body, { headers, address: "192.0.2.1" });
      if (answer.status === 429) refused++;
      else assert.equal(answer.status, 401);
    }
    assert.equal(refused, 100 - Math.ceil(RATES.discover.burst / (1 + WRONG_PROOF_COST)));
    assert.equal((await h.stranger.post("/agent/discover", body, { address: "192.0.2.2" })).status, 401);
  }),
);

function waitOf(action: () => void): number {
  try {
    action();
  } catch (error) {
    if (error instanceof VaultError) return error.retryAfter ?? 0;
    throw error;
  }
  return 0;
}
