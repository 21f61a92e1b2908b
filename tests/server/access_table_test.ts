import assert from "node:assert/strict";
import { ROUTE_KEYS } from "../../server/access_table.ts";

Deno.test("no route has a row in two files, where the later one would hold in silence", async () => {
  const texts = [];
  for await (const { name } of Deno.readDir("server/access_rows")) {
    texts.push(await Deno.readTextFile(`server/access_rows/${name}`));
  }
  const written = [...texts.join("\n").matchAll(/^ {2}"([A-Z]+ \/[^"]*)":/gm)].map(([, key]) => key);
  assert.deepEqual(written.toSorted(), [...ROUTE_KEYS].toSorted());
});
