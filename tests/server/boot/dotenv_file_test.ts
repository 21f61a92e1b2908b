import assert from "node:assert/strict";
import { readDotenvFile } from "../../../server/boot/dotenv_file.ts";

async function read(text: string, mode = 0o600) {
  const path = await Deno.makeTempFile({ prefix: "cortex-test-" });
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
  try {
    return await readDotenvFile(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readDotenvFile takes the settings of the server and nothing else", async () => {
  const { values } = await read("# ours\nexport PORT=3100\nADMIN_TOKEN='a b'\nOTHER=1\nnot a line\n");
  assert.deepEqual(values, { PORT: "3100", ADMIN_TOKEN: "a b" });
});

Deno.test("readDotenvFile warns where others can read a secret in it", async () => {
  assert.match((await read("ADMIN_TOKEN=x\n", 0o644)).warnings.join(), /0600/);
  assert.deepEqual((await read("PORT=1\n", 0o644)).warnings, []);
});

Deno.test("readDotenvFile finds nothing in a file that is not there", async () => {
  assert.deepEqual(await readDotenvFile("/nonexistent/.env"), { values: {}, warnings: [] });
});
