import assert from "node:assert/strict";
import fc from "fast-check";
import { callerHeaders, headerText } from "../../daemon/caller_headers.ts";

Deno.test("headerText is visible ASCII for any text, and can be had back", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.match(headerText(text), /^[\x21-\x7e]*$/);
    assert.equal(decodeURIComponent(headerText(text)), text);
  }));
});

Deno.test("callerHeaders leaves out what is not known, and no header can be smuggled in", () => {
  const caller = {
    pid: 7,
    binarySha256: undefined,
    argv: ["x"],
    cwd: "/a\r\nX-Evil: 1",
    gitCommit: undefined,
  };
  const headers = callerHeaders(caller, { hostname: "", os: "linux/x86_64" });
  assert.deepEqual(Object.keys(headers).sort(), [
    "X-Cortex-Caller-Argv-Hash",
    "X-Cortex-Caller-Cwd",
    "X-Cortex-Caller-Pid",
    "X-Cortex-Os",
  ]);
  assert.equal(new Headers(headers).get("X-Evil"), null);
});
