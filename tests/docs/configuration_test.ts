/** The table of variables beside the server's settings is made from a list; that list and the code hold each other. */

import assert from "node:assert/strict";
import { CLIENT_VARIABLES } from "../../packaging/client_variables.ts";
import { readSource, sourceFiles } from "../support/source_files.ts";

const listed = new Set(CLIENT_VARIABLES.flatMap(({ names }) => names));

/** Names of ours, and whatever is read by a call that reads the environment. */
const NAMES = [/"(CORTEX_[A-Z_]+|INSECURE_HTTP|NO_COLOR|XDG_DATA_HOME)"/g, /fromEnv\([^)]*"([A-Z_]+)"\)/g];

/** Set for a program by `cortex`, or handed from a daemon to its own child: nobody sets it. */
const NOT_READ = ["CORTEX_TEMPLATE_FILE"];
/** Read by Deno, before any of our code. */
const READ_BY_DENO = ["DENO_CERT"];

async function texts(): Promise<string[]> {
  const files = await sourceFiles(["cli", "daemon", "shared", "server/commands"]);
  return await Promise.all(files.map(readSource));
}

Deno.test("every variable that cortex, the daemon and their libraries know is in the list", async () => {
  const known = (await texts()).flatMap((text) => NAMES.flatMap((name) => [...text.matchAll(name)]))
    .map(([, name = ""]) => name);
  const missing = known.filter((name) => !listed.has(name) && !NOT_READ.includes(name));
  assert.deepEqual([...new Set(missing)], []);
});

Deno.test("every variable of the list is in the code", async () => {
  const all = (await texts()).join("\n");
  const wanted = [...listed].filter((name) => !READ_BY_DENO.includes(name));
  assert.deepEqual(wanted.filter((name) => !all.includes(`"${name}"`) && !all.includes(`.${name}`)), []);
});
