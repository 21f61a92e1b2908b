/** The key is rotated while clients read and write: the short form of `deno task campaign`. */

import assert from "node:assert/strict";
import { rotateUnderLoad } from "../campaign/rotation_campaign.ts";
import { withTempDir } from "../support/paths.ts";

Deno.test("A3: the key is rotated while 16 clients read and write: no request fails and nothing is lost", async () => {
  await withTempDir(async (folder) => {
    const options = { folder, secrets: 3_000, clients: 16, readAll: true };
    const { failures, lost, rows, meanwhile } = await rotateUnderLoad(options);
    assert.deepEqual([...failures, ...lost].slice(0, 5), []);
    assert.ok(rows > 2_000 && meanwhile.requests > 20, `${rows} rows`);
  });
});
