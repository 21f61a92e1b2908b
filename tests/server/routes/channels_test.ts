import assert from "node:assert/strict";
import { createHarness } from "../support/harness.ts";
import { raiseEvent } from "../../../server/events/raise.ts";
import { waitAfter } from "../../../server/services/notices/notifications.ts";
import { DAY, HOUR } from "../../../shared/clock.ts";
import { RequestMetrics } from "../../../server/metrics/requests.ts";
import { createServices } from "../../../server/services/all.ts";

interface Got {
  readonly body: string;
  readonly signature: string | null;
}

/** A receiver on loopback that answers with a status. */
async function receiver(status: number) {
  const got: Got[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    got.push({ body: await request.text(), signature: request.headers.get("X-Cortex-Signature") });
    return new Response("x", { status, headers: { Location: "http://127.0.0.1:1/" } });
  });
  return { got, url: `http://127.0.0.1:${server.addr.port}/`, close: () => server.shutdown() };
}

async function setUp(notifyAllowPrivate: boolean) {
  const harness = await createHarness({ config: { notifyAllowPrivate } });
  const { notifications } = createServices({
    ...harness,
    config: { requireAttestation: true, notifyAllowPrivate },
  }, new RequestMetrics());
  const add = async (name: string, url: string, extra: Record<string, unknown> = {}) => {
    const config = { url, secret: "canary-webhook-secret" };
    const answer = await harness.admin.post("/admin/notification-channels", {
      channel_type: "webhook",
      name,
      config,
      ...extra,
    });
    assert.equal(answer.status, 201, answer.text);
    return answer.json<{ id: string }>().id;
  };
  const run = async () => {
    await notifications.tend();
    await notifications.settled();
  };
  const raise = () =>
    harness.ledger.commit((tx) =>
      raiseEvent(tx, harness.clock.now(), { kind: "decoy_read", namespace: "team", agentId: "@everyone" })
    );
  const deliveries = async (id: string) =>
    (await harness.admin.get(`/admin/notification-channels/${id}/deliveries`)).json<
      { state: string; attempts: number; result: string }[]
    >();
  const dispose = async () => {
    await harness.app.stop();
    await harness.dispose();
  };
  return { ...harness, add, run, raise, deliveries, notifications, [Symbol.asyncDispose]: dispose };
}

Deno.test("a raised event reaches a webhook once, signed", async () => {
  await using harness = await setUp(true);
  const { add, run, raise, deliveries } = harness;
  const target = await receiver(200);
  const id = await add("ops", target.url);
  await raise();
  await run();
  await run();
  assert.equal(target.got.length, 1);
  assert.match(target.got[0]?.signature ?? "", /^t=\d+,v1=[0-9a-f]{64}$/);
  assert.equal((await deliveries(id))[0]?.state, "delivered");
  await target.close();
});

Deno.test("a failing or redirecting receiver is tried again later, and stops no other channel", async () => {
  await using harness = await setUp(true);
  const { add, run, raise, deliveries, clock } = harness;
  const [bad, moved, good] = [await receiver(500), await receiver(302), await receiver(201)];
  const ids = [await add("bad", bad.url), await add("moved", moved.url), await add("good", good.url)];
  await raise();
  await run();
  const first = await Promise.all(ids.map(async (id) => (await deliveries(id))[0]));
  assert.deepEqual(first.map((each) => each?.state), ["waiting", "waiting", "delivered"]);
  assert.deepEqual(first.map((each) => each?.result), ["HTTP 500", "HTTP 302", "HTTP 201"]);
  await run();
  assert.equal(bad.got.length, 1, "not before its time");
  clock.advance(60_000);
  await run();
  assert.equal(bad.got.length, 2);
  await Promise.all([bad, moved, good].map((each) => each.close()));
});

Deno.test("a channel is told of the severities and namespaces that it wants alone", async () => {
  await using harness = await setUp(true);
  const { add, run, raise, deliveries } = harness;
  const target = await receiver(200);
  const mild = await add("mild", target.url, { severities: ["info"] });
  const other = await add("other", target.url, { namespaces: ["other"] });
  const team = await add("team", target.url, { namespaces: ["team"] });
  await raise();
  await run();
  const counts = await Promise.all([mild, other, team].map(async (id) => (await deliveries(id)).length));
  assert.deepEqual(counts, [0, 0, 1]);
  await target.close();
});

Deno.test("C8: the test button tells its own channel only and says what came back", async () => {
  await using harness = await setUp(true);
  const { add } = harness;
  const [one, two] = [await receiver(200), await receiver(200)];
  const id = await add("one", one.url);
  await add("two", two.url);
  const answer = await harness.admin.post(`/admin/notification-channels/${id}/test`);
  assert.deepEqual(answer.json(), { queued: true, delivered: true, result: "HTTP 200", name: "one" });
  assert.deepEqual([one.got.length, two.got.length], [1, 0]);
  await Promise.all([one.close(), two.close()]);
});

Deno.test("a private address gets nothing unless it is allowed", async () => {
  await using harness = await setUp(false);
  const { add } = harness;
  const target = await receiver(200);
  const id = await add("inside", target.url);
  const answer = await harness.admin.post(`/admin/notification-channels/${id}/test`);
  assert.equal(answer.json()["delivered"], false);
  assert.equal(target.got.length, 0);
  await target.close();
});

Deno.test("B24: a configuration is never shown, logged or audited, and a wrong one is refused", async () => {
  await using harness = await setUp(false);
  const { add } = harness;
  await add("ops", "https://hooks.example/canary-path");
  const shown = (await harness.admin.get("/admin/notification-channels")).text;
  const wrong = await harness.admin.post("/admin/notification-channels", {
    channel_type: "slack",
    name: "wrong",
    config: { webhook_url: "canary-not-an-address" },
  });
  assert.equal(wrong.status, 400);
  assert.doesNotMatch(shown + wrong.text + await harness.transcript(), /canary/);
});

Deno.test("a channel is tried twelve times and then no more, and the failure stays visible", async () => {
  await using harness = await setUp(true);
  const { add, run, raise, deliveries, clock } = harness;
  const target = await receiver(500);
  const id = await add("ops", target.url);
  await raise();
  for (let tries = 0; tries < 15; tries++) {
    await run();
    clock.advance(HOUR);
  }
  const [delivery] = await deliveries(id);
  assert.deepEqual([target.got.length, delivery?.state, delivery?.attempts], [12, "failed", 12]);
  await target.close();
});

Deno.test("waitAfter doubles up to an hour and varies by half at most", () => {
  assert.deepEqual([1, 2, 3].map((attempts) => waitAfter(attempts, 0)), [10_000, 20_000, 40_000]);
  assert.equal(waitAfter(1, 1), 5_000);
  assert.equal(waitAfter(12, 0), HOUR);
});

Deno.test("forgetOld forgets what was told a month ago, and nothing that waits", async () => {
  await using harness = await setUp(true);
  const { add, run, raise, deliveries, clock, notifications } = harness;
  const [good, bad] = [await receiver(200), await receiver(500)];
  const id = await add("good", good.url);
  await raise();
  await run();
  const waiting = await add("bad", bad.url);
  await raise();
  await run();
  clock.advance(31 * DAY);
  await notifications.forgetOld();
  assert.deepEqual([(await deliveries(id)).length, (await deliveries(waiting)).length], [1, 1]);
  await Promise.all([good.close(), bad.close()]);
});

Deno.test("what is done to a channel is audited by its name", async () => {
  await using harness = await setUp(false);
  const { add } = harness;
  const id = await add("ops", "https://hooks.example/canary");
  await harness.admin.put(`/admin/notification-channels/${id}`, { enabled: false });
  await harness.admin.delete(`/admin/notification-channels/${id}`);
  const rows = (await harness.auditRows()).filter(({ action }) => action.endsWith("_notification_channel"));
  assert.deepEqual(rows.map(({ action, resource_path }) => [action, resource_path]), [
    ["create_notification_channel", "ops"],
    ["update_notification_channel", "ops"],
    ["delete_notification_channel", "ops"],
  ]);
});

Deno.test("a delivery that its receiver refuses for good is tried once", async () => {
  await using harness = await setUp(true);
  const { add, run, raise, deliveries, clock } = harness;
  const target = await receiver(410);
  const id = await add("ops", target.url);
  await raise();
  await run();
  clock.advance(HOUR);
  await run();
  const [delivery] = await deliveries(id);
  assert.deepEqual([target.got.length, delivery?.state, delivery?.result], [1, "failed", "HTTP 410"]);
  await target.close();
});
