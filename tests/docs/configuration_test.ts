/** `docs/configuration.md` names every variable that the command line and the daemon read; the server's are generated. */

import assert from "node:assert/strict";
import { readSource, sourceFiles } from "../support/source_files.ts";

const VARIABLE = /"(CORTEX_[A-Z_]+|INSECURE_HTTP|NO_COLOR|XDG_DATA_HOME)"/g;

Deno.test("docs/configuration.md names every variable that cortex, the daemon and their libraries know", async () => {
  const text = await readSource("docs/configuration.md");
  for (const path of await sourceFiles(["cli", "daemon", "shared"])) {
    for (const [, name = ""] of (await readSource(path)).matchAll(VARIABLE)) {
      assert.ok(text.includes(`\`${name}\``), `${path} knows ${name}`);
    }
  }
});
