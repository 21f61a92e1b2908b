import assert from "node:assert/strict";
import { Pace } from "../../../server/services/pace.ts";

/** Keeps the thread busy for longer than work may go on. */
function work(): void {
  const until = performance.now() + 10;
  while (performance.now() < until);
}

Deno.test("Pace lets a socket be read between pieces of work that would never let go by themselves", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let isHeard = false;
  const server = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(1));
    isHeard = true;
  })();
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  await client.write(new Uint8Array(1));
  const pace = new Pace();
  let pieces = 0;
  for (; !isHeard && pieces < 20; pieces++) {
    work();
    await pace.rest();
  }
  await server;
  assert.ok(pieces < 20, "the socket was read while the work went on");
});

Deno.test("Pace does not rest after little work", async () => {
  const pace = new Pace();
  let hasTurned = false;
  const timer = setTimeout(() => hasTurned = true, 0);
  await pace.rest();
  assert.equal(hasTurned, false);
  clearTimeout(timer);
});
