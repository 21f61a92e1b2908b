import assert from "node:assert/strict";
import { Logger, type LoggerOptions } from "../../server/log.ts";

function captured(options: Partial<LoggerOptions> = {}): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };
  const log = new Logger({
    format: "text",
    level: "info",
    clock,
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

Deno.test("Logger writes text lines with time, level, message and fields", () => {
  const { log, lines } = captured();
  log.info("listening", { url: "http://127.0.0.1:3000", reason: "two words", request_id: null });
  assert.deepEqual(lines, [
    '2026-01-02T03:04:05.006Z INFO  listening url=http://127.0.0.1:3000 reason="two words" request_id=null',
  ]);
});

Deno.test("Logger writes one JSON object per line", () => {
  const { log, lines } = captured({ format: "json" });
  log.warn("odd\nline", { count: 3, names: ["a", "b"], absent: undefined });
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { time: "2026-01-02T03:04:05.006Z", level: "warn", message: "odd\nline", count: 3, names: ["a", "b"] },
  ]);
  assert.ok(lines.every((line) => !line.includes("\n")));
});

Deno.test("Logger leaves out what is below its level", () => {
  const { log, lines } = captured({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assert.equal(lines.length, 2);
});

Deno.test("Logger lets no field break a line or drive a terminal", () => {
  const { log, lines } = captured();
  log.info("x", { path: "a\nERROR forged\u001b[31m\u2028" });
  assert.equal(lines.length, 1);
  assert.ok(["\n", "\u001b", "\u2028"].every((char) => !lines[0]?.includes(char)));
});

Deno.test("Logger writes name, message, place and cause of an error, not its other properties", () => {
  const { log, lines } = captured({ format: "json" });
  const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { secret: "hunter2" });
  log.error("failed", { error });
  const line = JSON.parse(lines[0] ?? "");
  assert.equal(line.error, "Error: outer: inner");
  assert.match(line.at, /log_test\.ts/);
  assert.ok(!lines.join().includes("hunter2"));
});

Deno.test("Logger writes of objects and other errors only their type", () => {
  const { log, lines } = captured();
  log.info("x", { thing: { secret: "hunter2" }, error: "hunter2" });
  assert.ok(!lines.join().includes("hunter2"));
  assert.match(lines.join(), /thing="\[object\]" error="\[string\]"/);
});
