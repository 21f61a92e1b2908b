import assert from "node:assert/strict";
import { GENERATED, regenerate } from "../../packaging/generated_docs.ts";
import { readSource } from "../support/source_files.ts";

/** Formatting pads the cells of tables. */
const unpadded = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");

for (const path of Object.keys(GENERATED)) {
  Deno.test(`${path} says what the code's table says (deno task docs makes it anew)`, async () => {
    const text = await readSource(path);
    assert.equal(unpadded(text), unpadded(regenerate(path, text)));
  });
}
