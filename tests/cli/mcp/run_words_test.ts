import assert from "node:assert/strict";
import { runLines } from "../../../cli/mcp/run_words.ts";

const PRINTED = { text: "", omitted: 0 };
const ENDED = {
  code: undefined,
  signal: undefined,
  ended: "by itself",
  stdout: PRINTED,
  stderr: PRINTED,
} as const;
const STARTED = { pid: 1, delivered: ["A"], files: [], unmatched: [], reasons: {}, unredacted: [] };

Deno.test("runLines says what is missing, and which values a model may see in the output", () => {
  const started = { ...STARTED, unmatched: ["B"], unredacted: ["PORT"] };
  const run = { ...ENDED, code: 0, stdout: { ...PRINTED, text: "8080\n" }, started };
  assert.deepEqual(runLines(run), [
    "The program ended with exit code 0",
    "Without B: not granted; an admin can grant them",
    "May be seen in the output, do not repeat it: PORT",
    "--- stdout",
    "8080",
  ]);
});

Deno.test("runLines tells an end by the clock and by the caller from the program's own", () => {
  const run = { ...ENDED, signal: "SIGTERM", started: STARTED };
  assert.match(runLines({ ...run, ended: "time was over" })[0] ?? "", /time was over.*SIGTERM/);
  assert.match(runLines({ ...run, ended: "cancelled" })[0] ?? "", /^Cancelled.*SIGTERM/);
});
