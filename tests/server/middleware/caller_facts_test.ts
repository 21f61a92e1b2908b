import assert from "node:assert/strict";
import { readCallerFacts } from "../../../server/middleware/caller_facts.ts";

Deno.test("readCallerFacts reads the headers of section 4.1", () => {
  const headers = new Headers({
    "X-Cortex-Caller-Pid": "4711",
    "X-Cortex-Caller-Binary-Sha256": "ab",
    "X-Cortex-Caller-Argv-Hash": "cd",
    "X-Cortex-Caller-Cwd": "/srv/my app",
    "X-Cortex-Caller-Git-Commit": "ef",
    "X-Cortex-Hostname": "host",
    "X-Cortex-Os": "linux/x86_64",
  });
  assert.deepEqual(readCallerFacts(headers), {
    pid: 4711,
    binarySha256: "ab",
    argvHash: "cd",
    cwd: "/srv/my app",
    gitCommit: "ef",
    hostname: "host",
    os: "linux/x86_64",
  });
});

Deno.test("readCallerFacts leaves out what is no number, no visible ASCII, or too long", () => {
  const headers = new Headers({
    "X-Cortex-Caller-Pid": "-1",
    "X-Cortex-Caller-Cwd": "caf\u00e9",
    "X-Cortex-Hostname": "x".repeat(1_025),
    "X-Cortex-Os": "a\tb",
  });
  assert.deepEqual(readCallerFacts(headers), {});
});
