import assert from "node:assert/strict";
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
