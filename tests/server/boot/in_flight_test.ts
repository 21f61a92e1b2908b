import assert from "node:assert/strict";
import { InFlight } from "../../../server/boot/in_flight.ts";

const REQUEST = new Request("http://vault.example/");

Deno.test("InFlight.finish waits for running requests and refuses new ones with 503", async () => {
  const inFlight = new InFlight();
  const gate = Promise.withResolvers<Response>();
  const handler = inFlight.count(() => gate.promise);
  const running = handler(REQUEST, {});
  const finished = inFlight.finish(60_000);
  const refused = await handler(REQUEST, {});
  assert.equal(refused.status, 503);
  assert.equal((await refused.json()).error_code, "server_stopping");
  assert.ok(Number(refused.headers.get("Retry-After")) > 0);
  gate.resolve(new Response("done"));
  assert.equal(await (await running).text(), "done");
  assert.equal(await finished, true);
});

Deno.test("InFlight.finish is done at once when nothing runs, and counts a handler that throws as finished", async () => {
  const inFlight = new InFlight();
  const handler = inFlight.count(() => Promise.reject(new Error("bug")));
  await assert.rejects(async () => await handler(REQUEST, {}), /bug/);
  assert.equal(await inFlight.finish(60_000), true);
});

Deno.test("InFlight.finish gives up on a request that does not end", async () => {
  const inFlight = new InFlight();
  void inFlight.count(() => new Promise(() => {}))(REQUEST, {});
  assert.equal(await inFlight.finish(0), false);
});
