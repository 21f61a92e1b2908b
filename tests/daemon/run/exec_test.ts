import assert from "node:assert/strict";
import { encodeFrame, FRAME } from "../../../shared/socket/frames.ts";
import { Stage, text } from "../support/stage.ts";

Deno.test("serveExec gives a program its values, and streams both ways", async () => {
  await using stage = new Stage();
  stage.server.values = { API_KEY: "s3cret-value", OTHER: "x" };
  const result = await stage.exec("sh", [
    "-c",
    '[ "$API_KEY" = s3cret-value ] && printf same; cat; echo oops >&2; exit 7',
  ], {
    names: ["API_KEY"],
    input: new TextEncoder().encode(" and input"),
  });
  assert.deepEqual(result.exited, { code: 7 });
  assert.equal(text(result.stdout), "same and input");
  assert.equal(text(result.stderr), "oops\n");
  assert.deepEqual(result.started?.delivered, ["API_KEY"]);
});

Deno.test("serveExec takes a few frames before the start, and breaks off with a caller that sends without end", async () => {
  await using stage = new Stage();
  const gate = Promise.withResolvers<void>();
  stage.server.gate = gate.promise;
  using client = await stage.open("cat");
  for (let frames = 0; frames < 100; frames++) {
    await client.send(encodeFrame(FRAME.stdin, new Uint8Array(1000))).catch(() => {});
  }
  assert.equal((await client.until("error")).error.error_code, "client_frame_invalid");
  gate.resolve();
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
});
