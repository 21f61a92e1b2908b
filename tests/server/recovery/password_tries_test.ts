import assert from "node:assert/strict";
import { PasswordTries } from "../../../server/recovery/password_tries.ts";
import { MINUTE, SECOND } from "../../../shared/clock.ts";
import { ManualClock } from "../support/vault_fixture.ts";

const wrong = () => Promise.resolve(undefined);
const right = () => Promise.resolve("proof");

Deno.test("PasswordTries makes nobody wait for a few mistakes, then twice as long after each", async () => {
  const clock = new ManualClock();
  const tries = new PasswordTries(clock);
  for (let at = 0; at < 3; at++) assert.equal(await tries.attempt(wrong), undefined);
  for (const seconds of [1, 2, 4, 8]) {
    await assert.rejects(tries.attempt(right), { code: "auth.throttled", retryAfter: seconds });
    clock.advance(seconds * SECOND - 1);
    await assert.rejects(tries.attempt(right), { code: "auth.throttled", retryAfter: 1 });
    clock.advance(1);
    assert.equal(await tries.attempt(wrong), undefined);
  }
});

Deno.test("PasswordTries never keeps anybody waiting for more than five minutes", async () => {
  const clock = new ManualClock();
  const tries = new PasswordTries(clock);
  for (let at = 0; at < 40; at++) {
    await tries.attempt(wrong);
    clock.advance(5 * MINUTE);
  }
  assert.equal(await tries.attempt(right), "proof");
});

Deno.test("PasswordTries forgets mistakes once the password was right", async () => {
  const tries = new PasswordTries(new ManualClock());
  for (let at = 0; at < 2; at++) await tries.attempt(wrong);
  await tries.attempt(right);
  for (let at = 0; at < 3; at++) assert.equal(await tries.attempt(wrong), undefined);
});

Deno.test("PasswordTries runs one proof at a time, and none that is refused", async () => {
  const tries = new PasswordTries(new ManualClock());
  const first = Promise.withResolvers<string>();
  const running = tries.attempt(() => first.promise);
  let ran = false;
  await assert.rejects(
    tries.attempt(async () => {
      ran = true;
      return "proof";
    }),
    { code: "server.busy" },
  );
  assert.equal(ran, false);
  first.resolve("proof");
  assert.equal(await running, "proof");
  assert.equal(await tries.attempt(right), "proof");
});

Deno.test("PasswordTries takes the next proof after one that failed by itself", async () => {
  const tries = new PasswordTries(new ManualClock());
  await assert.rejects(tries.attempt(() => Promise.reject(new Error("no memory"))), /no memory/);
  assert.equal(await tries.attempt(right), "proof");
});
