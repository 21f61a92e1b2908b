import assert from "node:assert/strict";
import { readSource, ROOT } from "../support/source_files.ts";
import { documents } from "./documents.ts";

/** Targets of links and pictures that are not on other sites. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

/** The names that GitHub gives to headings: lower case, without punctuation, words joined by hyphens. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "").replaceAll(" ", "-")
  );
}

Deno.test("every link between documents leads to a file of the project", async () => {
  for (const document of await documents()) {
    for (const link of linksOf(await readSource(document))) {
      const target = new URL(link.replace(/#.*/, ""), new URL(document, ROOT));
      assert.ok(
        link.startsWith("#") || await Deno.stat(target).then(() => true, () => false),
        `${document} links to ${link}, which is not there`,
      );
    }
  }
});

Deno.test("every link into a document leads to one of its headings", async () => {
  for (const document of await documents()) {
    const text = await readSource(document);
    for (const link of linksOf(text).filter((link) => /^[^#]*(?:\.md)?#/.test(link))) {
      const [page = "", anchor = ""] = link.split("#");
      const target = page === "" ? text : await Deno.readTextFile(new URL(page, new URL(document, ROOT)));
      assert.ok(anchorsOf(target).includes(anchor), `${document} links to ${link}: there is no such heading`);
    }
  }
});

Deno.test("anchorsOf names headings as GitHub does", () => {
  assert.deepEqual(
    anchorsOf("# `cortex run`, and more\n```sh\n# no heading\n```\n## What *was* run: 1-2\n"),
    [
      "cortex-run-and-more",
      "what-was-run-1-2",
    ],
  );
});

Deno.test("docs/README.md leads to every page beside it", async () => {
  const listed = new Set(linksOf(await readSource("docs/README.md")));
  const pages = (await documents()).filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  assert.deepEqual(pages.filter((path) => !listed.has(path.slice("docs/".length))), []);
});
