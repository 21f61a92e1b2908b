/** The memory of a real server is searched for the key of its vault: it is there while it is open, and nowhere once it is sealed. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readArgon2 } from "../../../shared/crypto/argon2_parameters.ts";
import { deriveByArgon2id, passwordBytes } from "../../../server/vault/kdf.ts";
import { canSearchMemory, countInMemory } from "../support/process_memory.ts";
import { ServerFolder } from "../support/server_process.ts";

const TOKEN = "admin-token-of-the-memory-test";
const PASSWORD = "the password of the memory test";
const HEADERS = { "X-Admin-Token": TOKEN, "Content-Type": "application/json" };

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

async function kekOf(folder: ServerFolder): Promise<Uint8Array> {
  const database = new DatabaseSync(`${folder.path}/cortex-auth.db`, { readOnly: true });
  const { kdf, salt } = database.prepare("SELECT kdf, salt FROM vault_seal").get() ?? {};
  database.close();
  assert.ok(typeof kdf === "string" && salt instanceof Uint8Array);
  return await deriveByArgon2id(passwordBytes(PASSWORD), salt, readArgon2(kdf));
}

Deno.test({
  name:
    "B27: the vault's key is nowhere in the memory of a sealed server, also after it was unsealed over the network",
  ignore: !canSearchMemory,
  fn: async () => {
    await using folder = await ServerFolder.make();
    const readyFile = `${folder.path}/ready`;
    const settings = { ADMIN_TOKEN: TOKEN, CORTEX_KEK_PASSWORD: PASSWORD, CORTEX_READY_FILE: readyFile };
    const { url } = await folder.listen(settings);
    const { pid } = JSON.parse(await Deno.readTextFile(readyFile));
    const kek = await kekOf(folder);
    await post(`${url}/sys/seal`, {});
    await post(`${url}/sys/unseal`, { password: PASSWORD });
    assert.equal(countInMemory(pid, kek), 1, "one copy, in its locked page");
    await post(`${url}/sys/seal`, {});
    assert.equal(countInMemory(pid, kek), 0);
  },
});
