/** A translation has the commands, headings, tables and links of its original, so that neither goes on without the other. */

import assert from "node:assert/strict";
import { readSource } from "../support/source_files.ts";
import { documents, originalOf } from "./documents.ts";

/** What a translation keeps as it is. */
function shape(text: string): Readonly<Record<string, unknown>> {
  const fences = [...text.matchAll(/(?:^<!-- run: .*? -->\n+)?^```[a-z]*\n[^]*?^```$/gm)].map(([fence]) =>
    fence
  );
  const prose = fences.reduce((rest, fence) => rest.replace(fence, ""), text);
  return {
    "blocks of commands": fences,
    "depths of headings": [...prose.matchAll(/^#+(?= )/gm)].map(([marks]) => marks.length),
    "rows of tables, by their cells": [...prose.matchAll(/^\|.*\|$/gm)].map(([row]) => row.split("|").length),
    "items of lists": [...prose.matchAll(/^(?:-|\d+\.) /gm)].length,
    "pages linked to": [...new Set(linksOf(prose))].sort(),
    "names in code": [
      ...new Set([...prose.matchAll(/`([A-Za-z_./$-][^`\n]*)`/g)].map(([, code = ""]) => code)),
    ]
      .filter((code) => /^[A-Z_]{4,}$|^\/[a-z]|\.md$/.test(code)).sort(),
  };
}

/** Without the switch between languages. A translated page stands for its original. */
function linksOf(prose: string): string[] {
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link.replace(/\.zh-CN(?=\.(?:md|svg))/, ""))
    .filter((link) => link !== "README.md" && link !== "usage.md");
}

for (const document of await documents()) {
  const original = originalOf(document);
  if (original === undefined) continue;
  Deno.test(`${document} has the commands, headings, tables and links of ${original}`, async () => {
    const [translated, source] = [shape(await readSource(document)), shape(await readSource(original))];
    for (const [what, expected] of Object.entries(source)) {
      assert.deepEqual(translated[what], expected, what);
    }
  });

  Deno.test(`${document} is Chinese: no sentence of ${original} was left as it was`, async () => {
    const english = /(?:[A-Za-z']+[ ,]){7}/;
    const prose = (await readSource(document)).replace(
      /^```[^]*?^```$|^---$[^]*?^---$|`[^`\n]*`|<!--.*?-->/gm,
      "",
    );
    assert.equal(english.exec(prose)?.[0], undefined);
    assert.equal(/\p{Script=Han}+ \p{Script=Han}+/u.exec(prose)?.[0], undefined, "a space within a sentence");
  });
}

/** The skill has none: it is installed as one file, under the name of the original. */
Deno.test("README and usage begin with a line that leads to the other language", async () => {
  for (const [folder, page] of [["", "README"], ["docs/", "usage"]]) {
    const [english = "", chinese = ""] = await Promise.all(
      [`${folder}${page}.md`, `${folder}${page}.zh-CN.md`].map(async (path) =>
        (await readSource(path)).split("\n")[2]
      ),
    );
    assert.equal(english, `English · [简体中文](${page}.zh-CN.md)`);
    assert.equal(chinese, `[English](${page}.md) · 简体中文`);
  }
});

Deno.test("README, usage and skill have a translation", async () => {
  const originals = (await documents()).map(originalOf).filter((path) => path !== undefined);
  assert.deepEqual(originals, ["README.md", "docs/usage.md", "skills/cortex-secrets/SKILL.md"]);
});
