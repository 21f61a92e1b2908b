import assert from "node:assert/strict";
import fc from "fast-check";
import { parseParents } from "../../shared/caller/parents.ts";
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
    started: undefined,
    parents: [],
    allowedByHost: false,
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

Deno.test("callerHeaders tells parents and start so that the server reads them back", () => {
  const parents = [
    { pid: 6, name: "bash", sha256: "a".repeat(64), started: "2026-01-02T03:04:05Z" },
    { pid: 5, name: "agënt \\u001b" },
  ];
  const started = "2026-01-02T03:04:06Z";
  const known = { pid: 7, binarySha256: "b".repeat(64), started, parents, allowedByHost: true };
  const caller = { ...known, argv: ["x"], cwd: "/", gitCommit: undefined };
  const headers = new Headers(callerHeaders(caller, { hostname: "h", os: "linux/x86_64" }));
  assert.equal(headers.get("X-Cortex-Caller-Allowed-By"), "host");
  assert.equal(headers.get("X-Cortex-Caller-Started"), started);
  assert.deepEqual(parseParents(headers.get("X-Cortex-Caller-Parents") ?? ""), parents);
});
