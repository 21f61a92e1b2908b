import assert from "node:assert/strict";
import { generateSeed, keyFingerprint, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { encodeFrame, FRAME } from "../../../shared/socket/frames.ts";
import { AGENT, Stage, text } from "../support/stage.ts";

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

Deno.test("serveExec shows output as it is only where the caller asks for it and the server allows it", async () => {
  const key = signingKey(generateSeed());
  await using stage = new Stage({ loggedIn: false });
  Object.assign(stage.server, { values: { API_KEY: "value-of-the-key" }, provenBy: key });
  stage.logIn(AGENT, stage.server.url, "1", { server_fingerprint: keyFingerprint(publicKeyOf(key)) });
  const printed = async (unredacted: boolean, redact: boolean | undefined) => {
    stage.server.decision = redact === undefined ? {} : { redact };
    return text((await stage.exec("sh", ["-c", 'echo "$API_KEY"'], unredacted ? { unredacted } : {})).stdout);
  };
  assert.equal(await printed(true, false), "value-of-the-key\n");
  assert.equal(stage.server.seen("/project/run/").at(-1)?.json["unredacted"], true);
  assert.equal(await printed(true, true), "[redacted:API_KEY]\n");
  assert.equal(
    await printed(true, undefined),
    "[redacted:API_KEY]\n",
    "a server that says nothing allows nothing",
  );
  assert.equal(await printed(false, false), "[redacted:API_KEY]\n", "nobody asked for it");
});

Deno.test("serveExec starts nothing unredacted for a server that decides about no run", async () => {
  await using stage = new Stage();
  stage.server.values = { API_KEY: "value-of-the-key" };
  using client = await stage.open("sh", ["-c", 'echo "$API_KEY"'], { unredacted: true });
  assert.equal((await client.until("error")).error.error_code, "run_unredacted_refused");
});
