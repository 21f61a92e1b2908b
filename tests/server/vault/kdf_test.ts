import assert from "node:assert/strict";
import { fromHex, toHex, utf8 } from "../../../shared/encoding.ts";
import { deriveByArgon2id, passwordBytes } from "../../../server/vault/kdf.ts";

Deno.test("deriveByArgon2id is Argon2id 1.3: the vector of the wire contract", async () => {
  const parameters = { memoryKib: 65_536, passes: 3, lanes: 1 };
  const kek = await deriveByArgon2id(utf8("test-operator-password"), utf8("test-salt-fixed-"), parameters);
  assert.equal(toHex(kek), "301d07f451f43879ea2dc2de3d2bfe5b0dc985ec0729e21d6ffa5ead15aea723");
});

Deno.test("deriveByArgon2id leaves password and salt of the caller as they are", async () => {
  const password = utf8("password");
  const salt = fromHex("000102030405060708090a0b0c0d0e0f");
  assert.ok(salt);
  await deriveByArgon2id(password, salt, { memoryKib: 1024, passes: 1, lanes: 2 });
  assert.deepEqual(password, utf8("password"));
  assert.equal(toHex(salt), "000102030405060708090a0b0c0d0e0f");
});

Deno.test("deriveByArgon2id reports a failure of its Worker", async () => {
  await assert.rejects(
    deriveByArgon2id(utf8("x"), new Uint8Array(2), { memoryKib: 1024, passes: 1, lanes: 1 }),
    /failed/,
  );
});

Deno.test("passwordBytes trims the surrounding white space of a password and nothing inside it", () => {
  assert.deepEqual(passwordBytes(" \tpass word\n"), utf8("pass word"));
});
