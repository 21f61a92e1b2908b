import assert from "node:assert/strict";
import { ServerFolder } from "../support/server_process.ts";

const TOKEN = "admin-token-of-the-notification-test";
const SETTINGS = {
  ADMIN_TOKEN: TOKEN,
  CORTEX_KEK_PASSWORD: "a password of the notification test",
  CORTEX_NOTIFY_ALLOW_PRIVATE: "1",
  CORTEX_PUBLIC_URL: "https://vault.example",
};

type Told = Record<string, unknown>;

/** Answers as it is told to; hands on what it got, one by one. */
function receiver(answer: (nth: number) => Promise<Response> | Response) {
  const waiting: PromiseWithResolvers<Told>[] = [];
  const at = (index: number) => waiting[index] ??= Promise.withResolvers<Told>();
  let count = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const nth = count++;
    at(nth).resolve(await request.json());
    return await answer(nth);
  });
  return {
    config: { url: `http://127.0.0.1:${server.addr.port}/`, secret: "secret-of-the-webhook" },
    told: (nth: number) => at(nth).promise,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function post(address: string, body: unknown): Promise<Told> {
  const headers = { "X-Admin-Token": TOKEN, "Content-Type": "application/json" };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return JSON.parse(text);
}

const addWebhook = (url: string, name: string, config: unknown) =>
  post(`${url}/admin/notification-channels`, { channel_type: "webhook", name, config });

Deno.test("a real server tells a webhook of a rotated signing key, with its permissions given up", async () => {
  await using folder = await ServerFolder.make();
  await using target = receiver(() => new Response());
  const { url } = await folder.listen(SETTINGS);
  await addWebhook(url, "ops", target.config);
  await post(`${url}/admin/signing-keys/rotate`, {});
  const { kind, severity, link } = await target.told(0);
  assert.deepEqual([kind, severity], ["signing_key_rotated", "info"]);
  assert.equal(link, "https://vault.example/ui/keys");
});

Deno.test("a real server that is killed while it tells of an event tells of it after its next start", async () => {
  await using folder = await ServerFolder.make();
  const held = Promise.withResolvers<Response>();
  await using target = receiver((nth) => nth === 0 ? held.promise : new Response());
  const { server, url } = await folder.listen(SETTINGS);
  await addWebhook(url, "ops", target.config);
  await post(`${url}/admin/signing-keys/rotate`, {});
  const first = await target.told(0);
  await server.stop("SIGKILL");
  held.resolve(new Response());
  await folder.listen(SETTINGS);
  assert.equal((await target.told(1))["id"], first["id"]);
});

Deno.test("a receiver that hangs keeps neither another channel nor a seal waiting", async () => {
  await using folder = await ServerFolder.make();
  const held = Promise.withResolvers<Response>();
  await using hanging = receiver(() => held.promise);
  await using good = receiver(() => new Response());
  const { url } = await folder.listen(SETTINGS);
  await addWebhook(url, "a hanging one", hanging.config);
  await addWebhook(url, "good", good.config);
  await post(`${url}/admin/signing-keys/rotate`, {});
  await hanging.told(0);
  await good.told(0);
  const begun = performance.now();
  await post(`${url}/sys/seal`, {});
  assert.ok(performance.now() - begun < 8_000, "shorter than the timeout of an attempt");
  const sealed = await fetch(`${url}/sys/seal-status`);
  assert.equal((await sealed.json())["sealed"], true);
  held.resolve(new Response());
});
