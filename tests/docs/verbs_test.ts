/** The documents and the command line name the same commands. */

import assert from "node:assert/strict";
import { allCommands, type CommandFacts } from "../../cli/help/command_tree.ts";
import { programTree } from "../../cli/program.ts";
import { readSource } from "../support/source_files.ts";
import { documents } from "./documents.ts";

const TREE = programTree();
/** Where a command begins: in code, at the start of a line, after a prompt or between two commands. */
const TYPED = /(?:`|^|\$ |[|;] |&& )cortex(?:-cli)? ([a-z][a-z-]*(?: [a-z][a-z-]*)*)/gm;

/** The first word that should name a command below a group and does not. */
function unknownWord(words: readonly string[], group: CommandFacts = TREE): string | undefined {
  const [word, ...rest] = words;
  if (word === undefined || word === "help" || group.commands.length === 0) return undefined;
  const child = group.commands.find(({ words }) => words.at(-1) === word);
  return child === undefined ? word : unknownWord(rest, child);
}

Deno.test("no document names a command of cortex that there is not", async () => {
  for (const document of await documents()) {
    for (const [typed, words = ""] of (await readSource(document)).matchAll(TYPED)) {
      assert.equal(unknownWord(words.split(" ")), undefined, `${document} has ${typed.trim()}`);
    }
  }
});

Deno.test("docs/cli.md names every command of cortex", async () => {
  const text = await readSource("docs/cli.md");
  const leaves = allCommands(TREE).filter(({ commands }) => commands.length === 0);
  for (const { words } of leaves) {
    const name = words.at(-1) ?? "";
    const group = words.slice(1, -1).filter((word) => word !== "admin").join(" ");
    const lines = text.split("\n").filter((line) => line.includes(group));
    const word = new RegExp(`(?<![a-z-])${name}(?![a-z-])`);
    assert.ok(lines.some((line) => word.test(line)), `it lacks ${words.join(" ")}`);
  }
});

Deno.test("unknownWord finds what is no command, and takes arguments for what they are", () => {
  assert.equal(unknownWord(["admin", "secrets", "list"]), undefined);
  assert.equal(unknownWord(["admin", "secrets", "add", "my-key"]), undefined);
  assert.equal(unknownWord(["admin", "secretz", "list"]), "secretz");
});
