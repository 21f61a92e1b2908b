import assert from "node:assert/strict";
import { DAY, MINUTE, SECOND, unixSeconds } from "../../../shared/clock.ts";
import {
  generateSeed,
  keyFingerprint,
  publicKeyOf,
  type SigningKey,
  signingKey,
} from "../../../shared/crypto/ed25519.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import type { DeviceTokenResponse } from "../../../shared/api/device.ts";
import { signDeviceInit, signDevicePoll } from "../../../shared/proofs/device_proof.ts";
import { type Answer, type Harness, withHarness } from "../support/harness.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { seedAgent } from "../support/seed.ts";
import { decodeClaims, TestAgent } from "../support/test_agent.ts";

interface Started {
  readonly device_code: string;
  readonly user_code: string;
  readonly [name: string]: unknown;
}

const now = (h: Harness) => unixSeconds(h.clock.now());

/** A host that proves its key at each step. */
class Host {
  readonly key: SigningKey = signingKey(generateSeed());

  constructor(readonly h: Harness) {
    h.clock.advance(SECOND);
  }

  get agentPub(): string {
    return toBase64Url(publicKeyOf(this.key));
  }

  body(more: Record<string, unknown> = {}): Record<string, unknown> {
    const fields = {
      agent_id: "robot",
      agent_pub: this.agentPub,
      hostname: "build-1",
      namespace: "default",
      init_ts: now(this.h),
      init_nonce: randomHex(8),
      ...more,
    };
    const init_proof = signDeviceInit(this.key, {
      ts: fields.init_ts,
      nonce: fields.init_nonce,
      agentId: fields.agent_id ?? undefined,
      agentPub: fields.agent_pub,
      namespace: fields.namespace ?? undefined,
      hostname: fields.hostname ?? undefined,
    });
    return { init_proof, os: "linux/x86_64", device_name: "desk", ...fields };
  }

  async start(more: Record<string, unknown> = {}): Promise<Started> {
    return expectOk<Started>(await this.h.stranger.post("/device/authorize", this.body(more)));
  }

  poll(device_code: string, more: Record<string, unknown> = {}): Promise<Answer> {
    const poll_ts = now(this.h);
    const poll_proof = signDevicePoll(this.key, { ts: poll_ts, deviceCode: device_code });
    return this.h.stranger.post("/device/token", { device_code, poll_ts, poll_proof, ...more });
  }
}

const begin = async (h: Harness) => expectOk<Started>(await h.stranger.post("/device/authorize", {}));
const poll = (h: Harness, device_code: string) => h.stranger.post("/device/token", { device_code });
const approve = (h: Harness, user_code: string, more: Record<string, unknown> = {}) =>
  h.admin.post("/admin/web/device/approve", { user_code, ...more });

Deno.test(
  "POST /device/authorize answers as section 2.1 says, to a client of the predecessor",
  withHarness(async (h) => {
    const started = expectOk<Started>(
      await h.stranger.post("/device/authorize", { client_id: "cortex-cli" }),
    );
    assert.match(started.device_code, /^[0-9a-f]{64}$/);
    assert.match(started.user_code, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
    assert.equal(started["verification_uri"], "/device");
    assert.equal(
      started["verification_uri_complete"],
      `http://localhost/device?user_code=${started.user_code}`,
    );
    assert.equal(started["expires_in"], 600);
    assert.equal(started["interval"], 5);
    const row = await h.store.reader.selectFrom("devices").selectAll().executeTakeFirstOrThrow();
    assert.ok(!JSON.stringify(row).includes(started.device_code), "the device code itself is not stored");
  }),
);

Deno.test(
  "the predecessor's client logs in for an agent that was registered before",
  withHarness(async (h) => {
    await seedAgent(h, "old-agent");
    const { device_code, user_code } = await begin(h);
    expectError(await poll(h, device_code), 401, "authorization_pending");
    const approved = expectOk(await approve(h, ` ${user_code.toLowerCase()} `, { agent_id: " old-agent " }));
    assert.equal(approved["approved"], true);
    assert.equal(approved["user_code"], user_code);
    assert.equal(approved["agent_id"], "old-agent");
    const token = expectOk<DeviceTokenResponse>(await poll(h, device_code));
    assert.equal(token["access_token" as never] === undefined, false);
    const body = token as unknown as Record<string, unknown>;
    assert.equal(body["token_type"], "Bearer");
    assert.equal(body["expires_in"], 2_592_000);
    assert.equal(decodeClaims(token.access_token)["sub"], "old-agent");
    assert.equal((await lastRow(h, "device_token_issue")).agent_id, "old-agent");
  }),
);

Deno.test(
  "A7: a client that polls at the interval waits for ten minutes without a limit",
  withHarness(async (h) => {
    await seedAgent(h, "old-agent");
    const { device_code, user_code } = await begin(h);
    for (let waited = 0; waited < 595; waited += 5) {
      h.clock.advance(5 * SECOND);
      expectError(await poll(h, device_code), 401, "authorization_pending");
    }
    expectOk(await approve(h, user_code, { agent_id: "old-agent" }));
    expectOk(await poll(h, device_code));
  }),
);

Deno.test(
  "A7: a client without proofs that polls too fast is still told 'pending', one with proofs 'slow_down'",
  withHarness(async (h) => {
    const { device_code } = await begin(h);
    for (let polls = 0; polls < 40; polls++) {
      expectError(await poll(h, device_code), 401, "authorization_pending");
    }
    const host = new Host(h);
    const started = await host.start();
    const codes = new Set<unknown>();
    for (let polls = 0; polls < 10; polls++) {
      codes.add((await host.poll(started.device_code)).json()["error_code"]);
    }
    assert.deepEqual([...codes], ["authorization_pending", "slow_down"]);
  }),
);

Deno.test(
  "approval of a proven key registers the agent: no second step",
  withHarness(async (h) => {
    const host = new Host(h);
    const started = await host.start();
    assert.equal(started["fingerprint"], keyFingerprint(publicKeyOf(host.key)));
    const seen = expectOk(await h.admin.get(`/admin/devices/by-code/${started.user_code}`));
    assert.equal(seen["hostname"], "build-1");
    assert.equal(seen["fingerprint"], started["fingerprint"]);
    assert.equal(seen["agent_id"], "robot");
    assert.equal(seen["namespace"], "default");
    assert.equal(seen["agent_registered"], false);
    const approved = expectOk(await approve(h, started.user_code));
    assert.equal(approved["agent_created"], true);
    const token = expectOk<{ access_token: string; server_fingerprint: string; kid: string }>(
      await host.poll(started.device_code),
    );
    assert.equal(decodeClaims(token.access_token)["sub"], "robot");
    assert.match(token.server_fingerprint, /^SHA256:/);
    const agents = expectOk<{ agent_id: string; has_pubkey: boolean }[]>(await h.admin.get("/admin/agents"));
    assert.deepEqual(agents.map(({ agent_id, has_pubkey }) => [agent_id, has_pubkey]), [["robot", true]]);
  }),
);

Deno.test(
  "B17: a device without proofs is not approved for an agent that does not exist",
  withHarness(async (h) => {
    const { user_code } = await begin(h);
    expectError(await approve(h, user_code, { agent_id: "nobody" }), 404, "agent_not_found");
    expectError(await approve(h, user_code), 400, "request_invalid");
  }),
);

Deno.test(
  "B17: an agent with another key is not taken over by an approval, unless the admin says so",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h, "robot");
    const host = new Host(h);
    const started = await host.start();
    const seen = expectOk(await h.admin.get(`/admin/devices/by-code/${started.user_code}`));
    assert.equal(seen["key_differs"], true);
    expectError(await approve(h, started.user_code), 409, "agent_exists");
    expectError(await approve(h, started.user_code, { replace_key: false }), 409, "agent_exists");
    assert.equal((await agent.sendAttest()).status, 200, "a refused approval changes nothing");
    const approved = expectOk(await approve(h, started.user_code, { replace_key: true }));
    assert.equal(approved["key_replaced"], true);
    expectError(await agent.sendAttest(), 401, "token_revoked");
    expectOk(await host.poll(started.device_code));
  }),
);

Deno.test(
  "B17: a code that has expired is neither approved nor redeemed",
  withHarness(async (h) => {
    await seedAgent(h, "a");
    const late = await begin(h);
    h.clock.advance(10 * MINUTE);
    expectError(await approve(h, late.user_code, { agent_id: "a" }), 404, "device_not_found");
    expectError(await poll(h, late.device_code), 401, "expired_token");
    const approved = await begin(h);
    expectOk(await approve(h, approved.user_code, { agent_id: "a" }));
    h.clock.advance(10 * MINUTE);
    expectError(await poll(h, approved.device_code), 401, "expired_token");
  }),
);

Deno.test(
  "B17: a login is redeemed once, by one of two polls at the same moment",
  withHarness(async (h) => {
    await seedAgent(h, "a");
    const { device_code, user_code } = await begin(h);
    expectOk(await approve(h, user_code, { agent_id: "a" }));
    const answers = await Promise.all([poll(h, device_code), poll(h, device_code), poll(h, device_code)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
    expectError(await poll(h, device_code), 401, "expired_token");
    assert.equal((await h.store.reader.selectFrom("access_tokens").selectAll().execute()).length, 1);
  }),
);

Deno.test(
  "B17: a login is approved once, and a decided one is not found again",
  withHarness(async (h) => {
    await seedAgent(h, "a");
    const { user_code } = await begin(h);
    const answers = await Promise.all([
      approve(h, user_code, { agent_id: "a" }),
      approve(h, user_code, { agent_id: "a" }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 404]);
  }),
);

Deno.test(
  "a denied login is told so, and leaves a row",
  withHarness(async (h) => {
    const { device_code, user_code } = await begin(h);
    const body = expectOk(await h.admin.post("/admin/web/device/deny", { user_code }));
    assert.deepEqual(body, { denied: true, user_code });
    expectError(await poll(h, device_code), 401, "access_denied");
    assert.equal((await lastRow(h, "device_deny")).status, "denied");
    expectError(await approve(h, user_code, { agent_id: "a" }), 404, "device_not_found");
  }),
);

Deno.test(
  "six wrong poll proofs lock a login, five do not",
  withHarness(async (h) => {
    const host = new Host(h);
    const other = new Host(h);
    const started = await host.start();
    for (let wrong = 0; wrong < 5; wrong++) {
      expectError(await other.poll(started.device_code), 401, "proof_invalid");
    }
    expectError(await host.poll(started.device_code), 401, "authorization_pending");
    expectError(
      await h.stranger.post("/device/token", { device_code: started.device_code }),
      401,
      "proof_invalid",
    );
    expectError(await host.poll(started.device_code), 403, "device_locked");
    expectError(await approve(h, started.user_code), 404, "device_not_found");
    assert.equal((await lastRow(h, "device_locked")).resource_path, started.user_code);
  }),
);

Deno.test(
  "six wrong user codes pause an admin's address",
  withHarness(async (h) => {
    await seedAgent(h, "a");
    const { user_code } = await begin(h);
    for (const code of ["AAAA-AAAA", "nonsense", "BBBB-BBBB", "", "CCCC-CCCC"]) {
      expectError(await approve(h, code, { agent_id: "a" }), 404, "device_not_found");
    }
    expectError(await h.admin.get("/admin/devices/by-code/DDDD-DDDD"), 404, "device_not_found");
    const paused = await approve(h, user_code, { agent_id: "a" });
    expectError(paused, 429, "auth_throttled");
    assert.ok(Number(paused.headers.get("Retry-After")) > 0);
    h.clock.advance(10 * MINUTE);
    const again = await begin(h);
    expectOk(await approve(h, again.user_code, { agent_id: "a" }));
  }),
);

Deno.test(
  "a login with a key needs a proof of it that fits every field, is fresh, and is used once",
  withHarness(async (h) => {
    const host = new Host(h);
    const send = (body: Record<string, unknown>) =>
      h.stranger.post("/device/authorize", body, { address: randomAddress() });
    for (const changed of ["agent_id", "namespace", "hostname", "init_nonce", "init_ts", "agent_pub"]) {
      const other = {
        agent_id: "evil",
        namespace: "team",
        hostname: "h2",
        init_nonce: randomHex(8),
        init_ts: now(h) + 60,
      };
      const agent_pub = new Host(h).agentPub;
      const value = changed === "agent_pub" ? agent_pub : other[changed as keyof typeof other];
      expectError(await send({ ...host.body(), [changed]: value }), 401, "proof_invalid");
    }
    for (const missing of ["init_proof", "init_ts", "init_nonce"]) {
      expectError(await send({ ...host.body(), [missing]: null }), 401, "proof_invalid");
    }
    expectError(await send(host.body({ init_ts: now(h) - 301 })), 401, "proof_expired");
    const body = host.body();
    expectOk(await send(body));
    expectError(await send(body), 401, "proof_replayed");
  }),
);

const randomAddress = () => `198.51.100.${Math.floor(Math.random() * 256)}`;

Deno.test(
  "B23: a login with a key of small order is refused",
  withHarness(async (h) => {
    const host = new Host(h);
    const zero = toBase64Url(new Uint8Array(32));
    expectError(
      await h.stranger.post("/device/authorize", { ...host.body(), agent_pub: zero }),
      400,
      "request_invalid",
    );
  }),
);

Deno.test(
  "B22: device codes of any characters are only unknown",
  withHarness(async (h) => {
    for (const device_code of ["é".repeat(40), "🔑".repeat(20), "", "x", "\u0000", "a".repeat(128)]) {
      expectError(await poll(h, device_code), 401, "auth_invalid");
    }
  }),
);

Deno.test(
  "codes that nobody was given are limited by address",
  withHarness(async (h) => {
    const statuses: number[] = [];
    for (let tries = 0; tries < 25; tries++) statuses.push((await poll(h, randomHex(32))).status);
    assert.deepEqual([...new Set(statuses)], [401, 429]);
  }),
);

Deno.test(
  "POST /device/authorize allows five logins a minute and address",
  withHarness(async (h) => {
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries++) {
      statuses.push((await h.stranger.post("/device/authorize", {})).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
  }),
);

Deno.test(
  "a namespace that a device wishes for has to exist",
  withHarness(async (h) => {
    const host = new Host(h);
    const started = await host.start({ namespace: "typo" });
    expectError(await approve(h, started.user_code), 404, "namespace_not_found");
    const approved = expectOk(await approve(h, started.user_code, { namespace: "default" }));
    assert.equal(approved["namespace"], "default");
  }),
);

Deno.test(
  "GET /admin/devices lists logins, newest first, in pages, with what an approver needs",
  withHarness(async (h) => {
    await seedAgent(h, "a");
    const first = await begin(h);
    h.clock.advance(SECOND);
    const host = new Host(h);
    const second = await host.start();
    expectOk(await approve(h, first.user_code, { agent_id: "a" }));
    const list = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/devices"));
    assert.deepEqual(list.map((row) => [row["user_code"], row["status"], row["agent_id"]]), [
      [second.user_code, "pending", "robot"],
      [first.user_code, "approved", "a"],
    ]);
    assert.equal(list[0]?.["approved_at"], null);
    assert.match(String(list[1]?.["approved_at"]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const page = await h.admin.get("/admin/devices?limit=1");
    assert.match(page.headers.get("Link") ?? "", /rel="next"/);
    h.clock.advance(10 * MINUTE);
    const later = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/devices"));
    assert.equal(later[0]?.["status"], "expired");
  }),
);

Deno.test(
  "B5: DELETE /admin/devices/:agent_id ends access tokens and sessions",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const other = await TestAgent.enrol(h, "other");
    assert.deepEqual(expectOk(await h.admin.delete("/admin/devices/agent")), { deleted: true, rows: 1 });
    expectError(await agent.sendAttest(), 401, "token_revoked");
    expectError(await agent.discover("p", ["X"]), 401, "attestation_session_ended");
    assert.equal((await other.discover("p", ["X"])).status, 200);
    assert.deepEqual(expectOk(await h.admin.delete("/admin/devices/nobody")), { deleted: true, rows: 0 });
  }),
);

Deno.test(
  "a frozen agent is neither approved nor given its token",
  withHarness(async (h) => {
    await seedAgent(h, "a");
    const { device_code, user_code } = await begin(h);
    expectOk(await approve(h, user_code, { agent_id: "a" }));
    expectOk(await h.admin.post("/admin/agents/a/freeze", {}));
    assert.notEqual((await poll(h, device_code)).status, 200);
    const again = await begin(h);
    expectError(await approve(h, again.user_code, { agent_id: "a" }), 403, "agent_frozen");
  }),
);

Deno.test(
  "logins that came to nothing are forgotten a day after they ended",
  withHarness(async (h) => {
    await begin(h);
    h.clock.advance(DAY + 11 * MINUTE);
    await begin(h);
    assert.equal((await h.store.reader.selectFrom("devices").selectAll().execute()).length, 1);
  }),
);

Deno.test(
  "GET /.well-known/jwks.json gives the keys that verify our tokens, to be cached",
  withHarness(async (h) => {
    const answer = await h.stranger.get("/.well-known/jwks.json");
    const { keys } = expectOk<{ keys: Record<string, string>[] }>(answer);
    assert.match(answer.headers.get("Cache-Control") ?? "", /max-age=\d+/);
    assert.equal(keys[0]?.["kid"], h.signingKeys.current.kid);
    assert.equal(keys[0]?.["kty"], "OKP");
    assert.equal(keys[0]?.["x"], toBase64Url(publicKeyOf(h.signingKeys.current.key)));
    assert.equal(keys[0]?.["d"], undefined);
  }),
);
