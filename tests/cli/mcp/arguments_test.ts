import assert from "node:assert/strict";
import { VaultError } from "../../../shared/errors.ts";
import { readArguments } from "../../../cli/mcp/arguments.ts";
import { RUN_COMMAND } from "../../../cli/mcp/shapes.ts";

const CANARY = "canary-5b1f9a7c";

function refusal(given: unknown): VaultError {
  try {
    readArguments(RUN_COMMAND, given);
  } catch (error) {
    if (error instanceof VaultError) return error;
  }
  return assert.fail("it was taken");
}

Deno.test("readArguments fills in what was left out", () => {
  const call = readArguments(RUN_COMMAND, { program: "true" });
  assert.deepEqual([call.args, call.timeout_seconds, call.max_output_bytes], [[], 120, 65_536]);
});

Deno.test("readArguments names the wrong argument and what it has to be, never what it was", () => {
  const refused: [unknown, RegExp][] = [
    [undefined, /^The argument program is missing$/],
    [CANARY, /^The arguments have to be an object with project, /],
    [{ program: { deep: CANARY } }, /^The argument program has to be of type string$/],
    [{ program: "" }, /^The argument program needs at least 1 characters$/],
    [{ program: "x", args: CANARY }, /^The argument args has to be of type array$/],
    [{ program: "x", args: ["a", 7] }, /^The argument args\.1 has to be of type string$/],
    [{ program: "x", timeout_seconds: 0 }, /^The argument timeout_seconds needs at least 1$/],
    [{ program: "x", timeout_seconds: 1.5 }, /^The argument timeout_seconds has to be of type integer$/],
    [{ program: "x", names: Array(1_001).fill("A") }, /^The argument names can have at most 1000 entries$/],
    [{ program: "x", [CANARY]: 1 }, /^An argument is none of this tool's, which are project, /],
    [{ program: 1, args: 2 }, /program has to be of type string\. The argument args/],
  ];
  for (const [given, expected] of refused) {
    const error = refusal(given);
    assert.equal(error.code, "request.invalid");
    assert.match(error.message, expected);
    assert.ok(!JSON.stringify([error.message, error.details]).includes(CANARY));
  }
});
