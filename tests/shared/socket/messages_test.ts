import assert from "node:assert/strict";
import fc from "fast-check";
import { VaultError } from "../../../shared/errors.ts";
import { encodeFrame, FRAME, FrameParser, STDERR, STDOUT } from "../../../shared/socket/frames.ts";
import {
  encodeJsonFrame,
  encodeOutputCredit,
  encodeResize,
  encodeSignal,
  encodeStdinCredit,
  encodeStreamFrame,
  FORWARDED_SIGNALS,
  readCallerFrame,
  readDaemonFrame,
} from "../../../shared/socket/messages.ts";

const fromCaller = (bytes: Uint8Array) => new FrameParser("caller").push(bytes).map(readCallerFrame);
const fromDaemon = (bytes: Uint8Array) => new FrameParser("daemon").push(bytes).map(readDaemonFrame);

function invalid(error: unknown): boolean {
  return error instanceof VaultError && error.code === "client.frame_invalid";
}

Deno.test("readCallerFrame reads what the encoders make", () => {
  for (const name of FORWARDED_SIGNALS) {
    assert.deepEqual(fromCaller(encodeSignal(name)), [{ kind: "signal", name }]);
  }
  assert.deepEqual(fromCaller(encodeResize(24, 65_535)), [{ kind: "resize", rows: 24, columns: 65_535 }]);
  assert.deepEqual(fromCaller(encodeStreamFrame(FRAME.outputClosed, STDERR)), [{
    kind: "output_closed",
    stream: STDERR,
  }]);
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (bytes) => {
    assert.deepEqual(fromCaller(encodeOutputCredit(STDOUT, bytes)), [{
      kind: "output_credit",
      stream: STDOUT,
      bytes,
    }]);
    assert.deepEqual(fromDaemon(encodeStdinCredit(bytes)), [{ kind: "stdin_credit", bytes }]);
  }));
});

Deno.test("readDaemonFrame reads started, exit and error", () => {
  const started = { pid: 7, delivered: ["A"], files: [], unmatched: [], reasons: {}, unredacted: [] };
  assert.deepEqual(fromDaemon(encodeJsonFrame(FRAME.started, started)), [{ kind: "started", started }]);
  const exited = { code: 143, signal: "SIGTERM" };
  assert.deepEqual(fromDaemon(encodeJsonFrame(FRAME.exit, exited)), [{ kind: "exit", exited }]);
  const error = { error: "No", error_code: "grant_pending", details: { grant_id: "g" } };
  assert.deepEqual(fromDaemon(encodeJsonFrame(FRAME.error, error)), [{ kind: "error", error }]);
});

Deno.test("frames with content that is not of their form are refused", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const wrong = [
    encodeFrame(FRAME.signal, text("SIGKILL")),
    encodeFrame(FRAME.signal, text("sigint")),
    encodeFrame(FRAME.outputCredit, Uint8Array.of(0, 0, 0, 0, 1)),
    encodeFrame(FRAME.outputClosed, Uint8Array.of(3)),
  ];
  for (const frame of wrong) assert.throws(() => fromCaller(frame), invalid);
  for (const json of ["[]", "null", "{}", '{"code":"1"}', "{broken", '{"code":1.5}']) {
    assert.throws(() => fromDaemon(encodeFrame(FRAME.exit, text(json))), invalid, json);
  }
  assert.throws(
    () => fromDaemon(encodeFrame(FRAME.started, text('{"pid":1,"delivered":[1],"unmatched":[]}'))),
    invalid,
  );
});
