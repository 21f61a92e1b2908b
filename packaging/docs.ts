/** `deno task docs`: writes the generated parts of the documents anew. */

import { GENERATED, regenerate } from "./generated_docs.ts";

for (const path of Object.keys(GENERATED)) {
  await Deno.writeTextFile(path, regenerate(path, await Deno.readTextFile(path)));
}
