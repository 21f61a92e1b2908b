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
