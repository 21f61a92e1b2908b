import assert from "node:assert/strict";
import { readSource, ROOT } from "../support/source_files.ts";
import { documents } from "./documents.ts";

Deno.test("every link between documents leads to a file of the project", async () => {
  for (const document of await documents()) {
    const links = [...(await readSource(document)).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) =>
      match[1] ?? ""
    );
    for (const link of links) {
      const target = new URL(link, new URL(document, ROOT));
      assert.ok(
        await Deno.stat(target).then(() => true, () => false),
        `${document} links to ${link}, which is not there`,
      );
    }
  }
});
