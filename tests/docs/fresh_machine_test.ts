/**
 * The README on a fresh machine: a copy of the checkout without anything that was built, an empty HOME, no Deno on PATH, and
 * its commands word for word in order. Two things stand in for the network: npx brings the Deno of this test, and packages
 * come from its cache. The test command is narrowed to one file, because it would run this test; `.ci/run` is that command
 * whole, on a clean checkout.
 */

import assert from "node:assert/strict";
import { withTempDir } from "../support/paths.ts";
import { ROOT_PATH } from "../support/programs.ts";
import { readSource } from "../support/source_files.ts";
import { type Block, readBlocks } from "./markdown.ts";
import { Reader } from "./reader.ts";

const TEST_COMMAND = "npx --yes deno@2.9.6 task test\n";
const ONE_FILE = "tests/shared/encoding_test.ts";
/** What `.gitignore` keeps out of a clone, and the history, which nothing here needs. */
const NOT_CLONED =
  /(?:^|\/)(?:\.git|\.demo|dist|node_modules|\.env)$|^tests\/output$|\.db(?:-shm|-wal|\.lock)?$/;

/** Paths of all files below `root`. */
async function filesIn(root: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${below}`)) {
    const path = `${below}${name}`;
    if (NOT_CLONED.test(path)) continue;
    if (isDirectory) found.push(...await filesIn(root, `${path}/`));
    else found.push(path);
  }
  return found.sort();
}

async function cloneTo(folder: string): Promise<void> {
  for (const path of await filesIn(ROOT_PATH)) {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(`${ROOT_PATH}/${path}`, `${folder}/${path}`);
  }
}

/** The test command does not run itself. */
function narrowed(block: Block): Block {
  if (block.mode !== "shown") return block;
  assert.equal(block.commands, TEST_COMMAND, `line ${block.line}: only the test command is not run as it is`);
  return { ...block, commands: TEST_COMMAND.replace("\n", ` ${ONE_FILE}\n`), mode: "foreground" };
}

Deno.test("the README's commands work word for word on a fresh machine", async () => {
  await withTempDir(async (folder) => {
    await cloneTo(`${folder}/work`);
    const before = await filesIn(`${folder}/work`);
    await using reader = await Reader.sit(folder);
    const blocks = readBlocks("README.md", await readSource("README.md"));
    assert.deepEqual(blocks.slice(0, 2).map(({ commands }) => commands), [
      "npx --yes deno@2.9.6 task demo\n",
      TEST_COMMAND,
    ]);
    for (const [index, block] of blocks.entries()) {
      const { code, output } = await reader.type(narrowed(block));
      assert.equal(code, block.exitCode, `README.md:${block.line} printed:\n${output}`);
      if (block.mode === "shown") assert.match(output, /^[1-9]\d* passed, 0 failed$/m);
      if (index > 1) continue;
      assert.deepEqual(await filesIn(`${folder}/work`), before, "the commands touch nothing in the clone");
      assert.deepEqual(await filesIn(`${folder}/home`), [], "the commands touch nothing in HOME");
    }
    assert.match(reader.printed(), /my key is \[redacted:OPENAI_API_KEY\]$/m);
  });
});
