import assert from "node:assert/strict";
import { send } from "../../../server/notify/send.ts";

const MESSAGE = { text: "hello", event: { kind: "test" } };
const OPTIONS = { now: 0, allowPrivate: true, resolve: () => Promise.resolve([]), timeoutMs: 100 };

async function against(handler: () => Response | Promise<Response>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const config = { webhook_url: `http://127.0.0.1:${server.addr.port}/key-in-path` };
  const outcome = await send("slack", config, MESSAGE, OPTIONS);
  return { outcome, server };
}

Deno.test("send gives up on a receiver that hangs, and names no address", async () => {
  const held = Promise.withResolvers<Response>();
  const { outcome, server } = await against(() => held.promise);
  assert.deepEqual(outcome, { delivered: false, result: "no answer in time" });
  held.resolve(new Response());
  await server.shutdown();
});

Deno.test("send reads nothing of an endless answer", async () => {
  const chunk = new Uint8Array(65_536);
  const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
  const { outcome, server } = await against(() => new Response(endless()));
  assert.deepEqual(outcome, { delivered: true, result: "HTTP 200" });
  await server.shutdown();
});

Deno.test("send refuses a name that leads to a private address", async () => {
  const resolve = () => Promise.resolve(["8.8.8.8", "10.0.0.1"]);
  const config = { webhook_url: "https://hooks.example/key" };
  const outcome = await send("slack", config, MESSAGE, { ...OPTIONS, allowPrivate: false, resolve });
  assert.deepEqual(outcome, { delivered: false, result: "the address is private or unknown" });
});

Deno.test("send gives up on a receiver that begins an answer and never ends its first line", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const accepted = listener.accept();
  const begun = accepted.then((connection) => connection.write(new TextEncoder().encode("HTTP/1.1 2")));
  const config = { webhook_url: `http://127.0.0.1:${listener.addr.port}/` };
  const outcome = await send("slack", config, MESSAGE, OPTIONS);
  assert.deepEqual(outcome, { delivered: false, result: "no answer in time" });
  await begun;
  (await accepted).close();
});

Deno.test("send refuses plain HTTP, which a lying name server could lead inside after the check", async () => {
  const resolve = () => Promise.resolve(["8.8.8.8"]);
  const config = { webhook_url: "http://hooks.example/key" };
  const outcome = await send("slack", config, MESSAGE, { ...OPTIONS, allowPrivate: false, resolve });
  assert.deepEqual(outcome, { delivered: false, result: "plain HTTP is refused; use https" });
});

Deno.test("send follows no redirect, whoever it leads to", async () => {
  let count = 0;
  const { outcome, server } = await against(() => {
    count++;
    return new Response(null, { status: 307, headers: { Location: "/elsewhere" } });
  });
  assert.deepEqual([outcome, count], [{ delivered: false, result: "HTTP 307" }, 1]);
  await server.shutdown();
});

Deno.test("send knows which refusals are final, and which ask for it later", async () => {
  const finals: number[] = [];
  for (const status of [302, 400, 401, 403, 404, 408, 410, 413, 425, 429, 500, 503]) {
    const { outcome, server } = await against(() => new Response(null, { status }));
    assert.deepEqual([outcome.delivered, outcome.result], [false, `HTTP ${status}`]);
    if (outcome.final) finals.push(status);
    await server.shutdown();
  }
  assert.deepEqual(finals, [400, 410, 413]);
});

Deno.test("B24: send names no address and no token where nobody listens", async () => {
  const config = { bot_token: `1:${"a".repeat(30)}`, chat_id: "1", base_url: "http://127.0.0.1:1" };
  const outcome = await send("telegram", config, MESSAGE, OPTIONS);
  assert.deepEqual(outcome, { delivered: false, result: "no connection" });
});

Deno.test("send tells each platform in its own form, escaped, with the link as it is", async () => {
  const got: { path: string; body: Record<string, unknown> }[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    got.push({ path: new URL(request.url).pathname, body: await request.json() });
    return new Response();
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  const message = { text: "a_b <x>", link: "https://vault.example/#agents", event: {} };
  const tell = (type: "slack" | "discord" | "telegram", config: unknown) =>
    send(type, config, message, { ...OPTIONS, timeoutMs: 5_000 });
  await tell("slack", { webhook_url: `${base}/slack` });
  await tell("discord", { webhook_url: `${base}/discord` });
  await tell("telegram", { bot_token: `1:${"a".repeat(30)}`, chat_id: -5, base_url: `${base}/` });
  const [slack, discord, telegram] = got;
  assert.equal(slack?.body["text"], "a_b &lt;x&gt;\nhttps://vault.example/#agents");
  assert.equal(discord?.body["content"], "a\\_b \\<x\\>\nhttps://vault.example/#agents");
  assert.deepEqual(discord?.body["allowed_mentions"], { parse: [] });
  assert.equal(telegram?.path, `/bot1:${"a".repeat(30)}/sendMessage`);
  assert.deepEqual([telegram?.body["chat_id"], telegram?.body["parse_mode"]], ["-5", undefined]);
  assert.equal(telegram?.body["text"], "a_b <x>\nhttps://vault.example/#agents");
});
