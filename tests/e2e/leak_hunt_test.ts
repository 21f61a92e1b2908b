/** The leak hunt in its short form; `deno task campaign leak-hunt` is the long one. */

import assert from "node:assert/strict";
import { huntInProcess } from "../campaign/leak_hunt/in_process.ts";
import { passOrdinaryOutput } from "../campaign/leak_hunt/ordinary.ts";
import { huntInReality } from "../campaign/leak_hunt/real.ts";
import { findPiece } from "../campaign/leak_hunt/readings.ts";
import { withTempDir } from "../support/paths.ts";
import { SEED as seed } from "../support/seed.ts";

const MIB = 1024 ** 2;

Deno.test("the leak hunt's reader finds what is there to be found", () => {
  const value = new TextEncoder().encode("qZ7xK-value");
  const printed = (text: string) => new TextEncoder().encode(`x ${text} y`);
  assert.equal(findPiece(printed("\x1b[1mqZ7xK\x1b[0m-value"), value, "raw"), "-value");
  assert.equal(findPiece(printed("\x1b[1mqZ7xK\x1b[0m-val"), value, "raw"), "qZ7xK-");
  assert.equal(findPiece(printed(btoa("12qZ7xK-value3")), value, "base64"), "qZ7xK-");
  assert.equal(findPiece(printed("71:5a:37:78:4b:2d:76:61"), value, "hex"), "qZ7xK-");
  assert.equal(findPiece(printed("[redacted:KEY]"), value, "raw"), undefined);
});

Deno.test("no value escapes in any form, however the output is cut", async () => {
  const { escapes, byEncoder } = await huntInProcess(3_000, seed);
  assert.deepEqual(escapes, []);
  assert.ok(byEncoder.size > 60);
});

Deno.test("ordinary output passes untouched", async () => {
  const { falseHits, bytes } = await passOrdinaryOutput(2 * MIB, seed);
  assert.deepEqual(falseHits, []);
  assert.ok(bytes > 4 * MIB);
});

Deno.test("no value that a real child prints escapes, on pipes or on a terminal", async () => {
  await withTempDir(async (folder) => {
    const { escapes, cases } = await huntInReality(folder, 120, seed);
    assert.deepEqual(escapes, [], `seed ${seed}`);
    assert.equal(cases, 120);
  });
});
