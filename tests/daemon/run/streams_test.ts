/** What a direct run cannot show: credit, callers that stall or vanish, descendants that stay. */

import assert from "node:assert/strict";
import {
  encodeData,
  encodeFrame,
  FRAME,
  INITIAL_CREDIT,
  STDERR,
  STDOUT,
} from "../../../shared/socket/frames.ts";
import { encodeSignal, encodeStreamFrame, FORWARDED_SIGNALS } from "../../../shared/socket/messages.ts";
import { Stage, text } from "../support/stage.ts";
import { until } from "../support/until.ts";

Deno.test("a stalled reader of stdout holds up neither stderr nor the exit of what does not write there", async () => {
  await using stage = new Stage();
  using client = await stage.open("sh", ["-c", "head -c 1000000 /dev/zero & echo said >&2; wait"]);
  let output = 0;
  for (let message; (message = await client.next()) !== undefined;) {
    if (message.kind === "output" && message.stream === STDOUT) output += message.bytes.byteLength;
    if (message.kind === "output" && message.stream === STDERR) {
      assert.equal(text(message.bytes), "said\n");
      break;
    }
  }
  // Nothing was given back, so no more than the first credit may ever come.
  assert.ok(output <= INITIAL_CREDIT);
});

Deno.test("a slow reader gets every byte, though the child has long ended", async () => {
  await using stage = new Stage();
  using client = await stage.open("head", ["-c", String(INITIAL_CREDIT + 50_000), "/dev/zero"]);
  let received = 0;
  while (received < INITIAL_CREDIT) {
    const { bytes } = await client.until("output");
    received += bytes.byteLength;
  }
  // The child is done: 50,000 bytes fit into the pipe. Time for last words passes; the bytes wait for credit.
  stage.timers.advance(10_000);
  await client.credit(STDOUT, 20_000);
  assert.equal((await client.until("output")).bytes.byteLength, 20_000);
  await client.credit(STDOUT, 100_000);
  const result = await client.finish();
  assert.equal(result.stdout.byteLength, 30_000);
  assert.deepEqual(result.exited, { code: 0 });
});

Deno.test("input that the child does not read blocks nothing, and more than the credit is refused", async () => {
  await using stage = new Stage();
  using client = await stage.open("sh", ["-c", "echo ready; sleep 30"]);
  await client.until("output");
  for (const frame of encodeData(FRAME.stdin, new Uint8Array(INITIAL_CREDIT))) await client.send(frame);
  await client.send(encodeSignal("SIGTERM"));
  assert.equal((await client.until("exit")).exited.signal, "SIGTERM");

  using greedy = await stage.open("sh", ["-c", "echo ready; sleep 30"]);
  await greedy.until("output");
  for (const frame of encodeData(FRAME.stdin, new Uint8Array(INITIAL_CREDIT * 2))) {
    await greedy.send(frame).catch(() => {});
  }
  const { error } = await greedy.until("error");
  assert.equal(error.error_code, "client_frame_invalid");
});

Deno.test("C3: every forwarded signal reaches the child's whole group", async (t) => {
  await using stage = new Stage();
  const caught = FORWARDED_SIGNALS.filter((name) => name !== "SIGTSTP" && name !== "SIGCONT");
  for (const name of caught) {
    await t.step(name, async () => {
      const trap = `trap 'echo caught; exit 9' ${name.slice(3)}`;
      const inner = `${trap}; echo ready; while :; do sleep 0.05; done`;
      using client = await stage.open("sh", ["-c", `${trap}; sh -c "$0"; exit $?`, inner]);
      await client.until("output");
      await client.send(encodeSignal(name));
      const { stdout, exited } = await client.finish();
      assert.equal(exited?.code, 9);
      assert.match(text(stdout), /caught\ncaught/);
    });
  }
});

Deno.test("C3: SIGTSTP stops the child and SIGCONT lets it go on", async () => {
  await using stage = new Stage();
  using client = await stage.open("sh", ["-c", "echo $$; read line; echo $line"]);
  const pid = text((await client.until("output")).bytes).trim();
  await client.send(encodeSignal("SIGTSTP"));
  await until(() => stateOf(pid) === "T");
  await client.send(encodeSignal("SIGCONT"));
  await until(() => stateOf(pid) === "S");
  const { stdout, exited } = await client.finish(new TextEncoder().encode("went on\n"));
  assert.equal(text(stdout), "went on\n");
  assert.deepEqual(exited, { code: 0 });
});

Deno.test("C3: a signal that comes before the child is there reaches it", async () => {
  await using stage = new Stage();
  const gate = Promise.withResolvers<void>();
  stage.server.gate = gate.promise;
  using client = await stage.open("sleep", ["60"]);
  await client.send(encodeSignal("SIGINT"));
  await until(() => stage.server.requests.length > 0);
  gate.resolve();
  assert.equal((await client.until("exit")).exited.signal, "SIGINT");
});

Deno.test("C3: a caller that goes away takes the child's group with it: SIGHUP, and SIGKILL after the grace", async () => {
  await using stage = new Stage();
  const client = await stage.open("sh", ["-c", "trap '' HUP; echo $$; sleep 60 & while :; do wait; done"]);
  const pid = text((await client.until("output")).bytes).trim();
  client[Symbol.dispose]();
  await until(() => stage.timers.waiting.includes(5_000));
  assert.notEqual(stateOf(pid), undefined);
  stage.timers.advance(4_999);
  assert.notEqual(stateOf(pid), undefined);
  stage.timers.advance(1);
  await until(() => stateOf(pid) === undefined || stateOf(pid) === "Z");
});

Deno.test("C3: SIGHUP is what a child of a vanished caller sees first, a stopped one too", async () => {
  await using stage = new Stage();
  const mark = `${stage.folder}/mark`;
  const client = await stage.open("sh", [
    "-c",
    `trap 'echo hup >${mark}; exit' HUP; echo $$; kill -STOP $$; sleep 60`,
  ]);
  const pid = text((await client.until("output")).bytes).trim();
  await until(() => stateOf(pid) === "T");
  client[Symbol.dispose]();
  await until(() => existsWithText(mark));
});

Deno.test("a caller that goes away while the server is asked gets no child", async () => {
  await using stage = new Stage();
  const gate = Promise.withResolvers<void>();
  stage.server.gate = gate.promise;
  const mark = `${stage.folder}/mark`;
  const client = await stage.open("touch", [mark]);
  await until(() => stage.server.requests.length > 0);
  client[Symbol.dispose]();
  gate.resolve();
  await until(() => stage.server.seen("/project/secrets").length > 0);
  await stage.exec("true");
  assert.equal(existsWithText(mark, ""), false);
});

Deno.test("a caller whose reader has gone gives the child its SIGPIPE", async () => {
  await using stage = new Stage();
  using client = await stage.open("yes");
  await client.until("output");
  await client.send(encodeStreamFrame(FRAME.outputClosed, STDOUT));
  assert.equal((await client.until("exit")).exited.signal, "SIGPIPE");
});

Deno.test("a descendant that keeps the output open holds the exit for its last words only, and lives on", async () => {
  await using stage = new Stage();
  const mark = `${stage.folder}/mark`;
  const script =
    `(echo last; read line <${stage.folder}/fifo; echo lost; echo alive >${mark}) & echo out; exit 5`;
  await new Deno.Command("mkfifo", { args: [`${stage.folder}/fifo`] }).output();
  using client = await stage.open("sh", ["-c", script]);
  await client.until("output");
  await until(() => stage.timers.waiting.includes(250));
  stage.timers.advance(250);
  assert.deepEqual((await client.until("exit")).exited, { code: 5 });
  Deno.writeTextFileSync(`${stage.folder}/fifo`, "go\n");
  await until(() => existsWithText(mark));
});

Deno.test("frames that are none end the run with an error, and the daemon goes on", async () => {
  await using stage = new Stage();
  for (const bytes of [Uint8Array.of(0x02, 0, 0, 0, 1, 9), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff)]) {
    using client = await stage.open("sleep", ["60"]);
    await client.until("started");
    await client.send(bytes);
    assert.equal((await client.until("error")).error.error_code, "client_frame_invalid");
  }
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
});

Deno.test("stop hangs up on running children, and their callers hear how they ended", async () => {
  await using stage = new Stage();
  using client = await stage.open("sh", ["-c", "echo ready; sleep 60"]);
  await client.until("output");
  await client.send(encodeFrame(FRAME.stdinEnd));
  assert.equal((await stage.ask({ cmd: "stop" })).ok, true);
  assert.equal((await client.until("exit")).exited.signal, "SIGHUP");
});

Deno.test("stop ends in spite of a caller that does not read, once the grace is over", async () => {
  await using stage = new Stage();
  const { timers } = stage;
  using client = await stage.open("yes");
  await client.until("output");
  // So much credit that the socket itself is what fills up.
  await client.credit(STDOUT, 100_000_000);
  assert.equal((await stage.ask({ cmd: "stop" }))["ok"], true);
  await until(() => timers.waiting.includes(6_000));
  timers.advance(6_000);
});

function stateOf(pid: string): string | undefined {
  try {
    return /\) (\S)/.exec(Deno.readTextFileSync(`/proc/${pid}/stat`))?.[1];
  } catch {
    return undefined;
  }
}

function existsWithText(path: string, otherwise = "\n"): boolean {
  try {
    return Deno.readTextFileSync(path).endsWith(otherwise);
  } catch {
    return false;
  }
}
