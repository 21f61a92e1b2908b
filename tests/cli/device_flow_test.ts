import assert from "node:assert/strict";
import { type DeviceCode, type FlowTools, startDeviceFlow, waitForToken } from "../../cli/device_flow.ts";
import { ServerClient } from "../../shared/client/server_client.ts";
import { SECOND } from "../../shared/clock.ts";
import { generateSeed, signingKey } from "../../shared/crypto/ed25519.ts";
import { VaultError } from "../../shared/errors.ts";

const CODE: DeviceCode = {
  device_code: "ab".repeat(32),
  user_code: "ABCD-2345",
  verification_uri: "/device",
  expires_in: 600,
  interval: 5,
};
const FACTS = { agentId: "bot", hostname: "host", os: "linux/x86_64" };
const ISSUED = { access_token: "token", expires_in: 1 };

type Reply = () => Response;

function refuse(status: number, error_code: string | undefined, headers: Record<string, string> = {}): Reply {
  return () => Response.json({ error: "No", error_code }, { status, headers });
}

const pending = refuse(401, "authorization_pending");
const approved: Reply = () => Response.json(ISSUED);

/** A flow whose time only sleeping moves and whose server answers from a list; the last answer stays. */
function flow(replies: readonly Reply[]) {
  let now = 1_714_248_000_000;
  const start = now;
  const polls: number[] = [];
  const troubles: string[] = [];
  const client = new ServerClient({
    baseUrl: "http://127.0.0.1:9",
    fetch: () => {
      polls.push((now - start) / SECOND);
      const reply = replies[Math.min(polls.length, replies.length) - 1];
      return reply === undefined ? Promise.reject(new TypeError("no network")) : Promise.resolve(reply());
    },
  });
  const tools: FlowTools = {
    client,
    key: signingKey(generateSeed()),
    clock: { now: () => now },
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
    onWait: () => {},
    onTrouble: (message) => troubles.push(message),
  };
  return { tools, polls, troubles };
}

function failsWith(promise: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(promise, (error) => error instanceof VaultError && error.code === code);
}

Deno.test("A7: an approval after nine minutes still logs in, at the interval that the server named", async () => {
  const { tools, polls } = flow([...Array(107).fill(pending), approved]);
  assert.deepEqual(await waitForToken(CODE, tools), ISSUED);
  assert.equal(polls.at(-1), 536);
  assert.ok(polls.every((at, index) => at === 1 + 5 * index), "the first after a second, then each interval");
});

Deno.test("A7: the predecessor's 429 slows the asking down to what it allows, and the login goes on", async () => {
  const { tools, polls } = flow([
    pending,
    pending,
    pending,
    pending,
    pending,
    refuse(429, undefined),
    pending,
    approved,
  ]);
  await waitForToken(CODE, tools);
  assert.deepEqual(polls, [1, 6, 11, 16, 21, 26, 39, 52]);
});

Deno.test("slow_down adds five seconds to every later wait (RFC 8628 section 3.5)", async () => {
  const { tools, polls } = flow([refuse(400, "slow_down"), pending, refuse(400, "slow_down"), approved]);
  await waitForToken(CODE, tools);
  assert.deepEqual(polls, [1, 11, 21, 36]);
});

Deno.test("Retry-After is honoured", async () => {
  const { tools, polls } = flow([refuse(429, "request_rate_limited", { "Retry-After": "60" }), approved]);
  await waitForToken(CODE, tools);
  assert.deepEqual(polls, [1, 61]);
});

Deno.test("a server that restarts in the middle of a login is waited for, and said", async () => {
  const { tools, troubles } = flow([
    () => {
      throw new TypeError("connection refused");
    },
    refuse(503, "server_sealed"),
    approved,
  ]);
  assert.deepEqual(await waitForToken(CODE, tools), ISSUED);
  assert.equal(troubles.length, 2);
});

Deno.test("the asking ends when the code has died, by our own clock too", async () => {
  const { tools, polls } = flow([pending]);
  await failsWith(waitForToken({ ...CODE, expires_in: 60 }, tools), "device.expired");
  assert.ok((polls.at(-1) ?? 0) <= 60);
});

Deno.test("denied and expired end the asking at once", async () => {
  for (
    const [wire, code] of [["access_denied", "device.access_denied"], [
      "expired_token",
      "device.expired",
    ]] as const
  ) {
    const { tools, polls } = flow([pending, refuse(401, wire), approved]);
    await failsWith(waitForToken(CODE, tools), code);
    assert.equal(polls.length, 2);
  }
});

Deno.test("the predecessor's bare 401 ends the asking", async () => {
  const { tools } = flow([refuse(401, undefined)]);
  await failsWith(waitForToken(CODE, tools), "auth.invalid");
});

Deno.test("an answer that is no token is refused", async () => {
  const { tools } = flow([() => Response.json({ access_token: "two words" })]);
  await failsWith(waitForToken(CODE, tools), "server.untrusted");
});

Deno.test("a start whose proof the server finds too old is tried once more with a fresh one", async () => {
  const once = flow([refuse(401, "proof_expired"), () => Response.json(CODE)]);
  assert.equal((await startDeviceFlow(FACTS, once.tools)).user_code, CODE.user_code);
  const always = flow([refuse(401, "proof_expired")]);
  await failsWith(startDeviceFlow(FACTS, always.tools), "proof.expired");
  assert.equal(always.polls.length, 2);
});

Deno.test("the predecessor's answer, without the new fields, is enough to start", async () => {
  const { tools } = flow([() => Response.json({ device_code: "d", user_code: "ABCD-2345" })]);
  assert.deepEqual(await startDeviceFlow(FACTS, tools), {
    device_code: "d",
    user_code: "ABCD-2345",
    verification_uri: "/device",
    expires_in: 600,
    interval: 5,
  });
});
