import assert from "node:assert/strict";
import { en } from "../../../server/dashboard/words/en.ts";
import { LANGUAGES, translator, type WordKey } from "../../../server/dashboard/words/words.ts";
import { zh } from "../../../server/dashboard/words/zh.ts";
import { readSource, sourceFiles } from "../../support/source_files.ts";

const keys = Object.keys(en) as readonly WordKey[];
const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();

Deno.test("every language says everything, with the same gaps to fill in", () => {
  assert.deepEqual(Object.keys(zh).sort(), [...keys].sort());
  for (const key of keys) {
    assert.notEqual(zh[key], "", key);
    assert.deepEqual(gaps(zh[key]), gaps(en[key]), key);
  }
});

Deno.test("no words are left that no page says", async () => {
  const files = (await sourceFiles(["server/dashboard"])).filter((path) => !/words\/(en|zh)\.ts$/.test(path));
  const text = (await Promise.all(files.map(readSource))).join("\n");
  /** Made of a code or a state, such as `event.decoy_read`. */
  const made = [...text.matchAll(/`([a-z_]+)\.\$\{/g)].map(([, group]) => `${group}.`);
  const unsaid = keys.filter((key) =>
    !text.includes(`"${key}"`) && !made.some((group) => key.startsWith(group))
  );
  assert.deepEqual(unsaid, []);
});

Deno.test("translator fills gaps in and leaves values alone that look like gaps", () => {
  for (const language of LANGUAGES) {
    assert.ok(translator(language)("frame.signed_in", { name: "{name} $&" }).includes("{name} $&"));
  }
});
