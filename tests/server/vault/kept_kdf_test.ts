import assert from "node:assert/strict";
import { utf8 } from "../../../shared/encoding.ts";
import { deriveByArgon2id } from "../../../server/vault/kdf.ts";
import { keepKdf } from "../../../server/vault/kept_kdf.ts";

const PARAMETERS = { memoryKib: 1024, passes: 1, lanes: 2 };
const SALT = utf8("sixteen bytes of");

Deno.test("keepKdf derives what deriveByArgon2id derives, again and again, in the order of the calls", async () => {
  const kept = await keepKdf();
  const passwords = ["one", "two", "three", "one"].map(utf8);
  const keys = await Promise.all(passwords.map((password) => kept.derive(password, SALT, PARAMETERS)));
  for (const [at, password] of passwords.entries()) {
    assert.deepEqual(keys[at], await deriveByArgon2id(password, SALT, PARAMETERS));
  }
  assert.deepEqual(passwords[0], utf8("one"), "the caller's password stays");
  kept.close();
});

Deno.test("keepKdf reports a failure and goes on deriving", async () => {
  const kept = await keepKdf();
  await assert.rejects(kept.derive(utf8("x"), new Uint8Array(2), PARAMETERS), /failed/);
  assert.equal((await kept.derive(utf8("x"), SALT, PARAMETERS)).byteLength, 32);
  kept.close();
});
