/**
 * Every command in docs/ and in the skills is run, in the order of the text. Those of the README have a machine of their own
 * (`fresh_machine_test.ts`); those of a translation are the ones of its original (`translations_test.ts`).
 */

import assert from "node:assert/strict";
import { withTempDir } from "../support/paths.ts";
import { readSource } from "../support/source_files.ts";
import { documents, originalOf } from "./documents.ts";
import { readBlocks } from "./markdown.ts";
import { Reader } from "./reader.ts";

for (const document of await documents()) {
  const blocks = readBlocks(document, await readSource(document));
  if (blocks.length === 0 || document === "README.md" || originalOf(document) !== undefined) continue;
  Deno.test(`the commands of ${document} do what it says`, async () => {
    await withTempDir(async (folder) => {
      await using reader = await Reader.sit(folder);
      for (const block of blocks) {
        if (block.mode === "shown") {
          console.log(`${document}:${block.line} is not run here: ${block.reason}`);
          continue;
        }
        const { code, output } = await reader.type(block);
        assert.equal(code, block.exitCode, `${document}:${block.line} printed:\n${output}`);
      }
    });
  });
}

Deno.test("no document has anybody type a token, a value or a password as an argument, where all processes see it", async () => {
  const inArguments = /-H\s+"[^"]*(?:Token|Bearer)[^"]*\$|-d\s+'[^']*"(?:value|\w*password)"/i;
  for (const document of await documents()) {
    const fences = (await readSource(document)).matchAll(/^```(?:sh|text)\n([^]*?)^```$/gm);
    for (const [, commands = ""] of fences) {
      assert.doesNotMatch(commands, inArguments, `${document} has it in:\n${commands}`);
    }
  }
});

Deno.test("readBlocks knows fences, lines and directives", () => {
  const text = "a\n```sh\nls\n```\n```json\n{}\n```\n<!-- run: exits with 3 -->\n```sh\nexit 3\n```\n";
  assert.deepEqual(
    readBlocks("x.md", text).map(({ line, commands, exitCode }) => ({ line, commands, exitCode })),
    [
      { line: 3, commands: "ls\n", exitCode: 0 },
      { line: 10, commands: "exit 3\n", exitCode: 3 },
    ],
  );
});
