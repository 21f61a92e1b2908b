import assert from "node:assert/strict";
import fc from "fast-check";
import { AEAD_OVERHEAD, aeadOpen, aeadSeal } from "../../../shared/crypto/aead.ts";
import { fromBase64, fromHex, utf8 } from "../../../shared/encoding.ts";

const KEY = new Uint8Array(32).map((_, index) => index);
const bytes = () => fc.uint8Array({ maxLength: 100 });

Deno.test("aeadOpen opens what aeadSeal sealed, with the same associated data only", () => {
  fc.assert(fc.property(bytes(), bytes(), bytes(), (plaintext, associated, other) => {
    const sealed = aeadSeal(KEY, plaintext, associated);
    assert.equal(sealed.byteLength, plaintext.byteLength + AEAD_OVERHEAD);
    assert.deepEqual(aeadOpen(KEY, sealed, associated), new Uint8Array(plaintext));
    const sameData = associated.toHex() === other.toHex();
    assert.equal(aeadOpen(KEY, sealed, other) !== undefined, sameData);
  }));
});

Deno.test("aeadOpen reads the layout of the wire contract: nonce, ciphertext, tag", () => {
  const kek = fromHex("301d07f451f43879ea2dc2de3d2bfe5b0dc985ec0729e21d6ffa5ead15aea723");
  const sealed = fromBase64("ERERERERERERERERM13bzkMzK/TnMAJhsEokvrqbQe7kz2oBsA5uYBQWOoOMQmNJQgIF/p3LeQ==");
  assert.ok(kek && sealed);
  assert.deepEqual(aeadOpen(kek, sealed, new Uint8Array()), utf8("CORTEX_AUTH_KEK_SENTINEL_v1"));
});

Deno.test("aeadOpen gives nothing for a wrong key, a flipped bit, or too few bytes", () => {
  const sealed = aeadSeal(KEY, utf8("value"), new Uint8Array());
  assert.equal(aeadOpen(new Uint8Array(32), sealed, new Uint8Array()), undefined);
  for (let at = 0; at < sealed.byteLength; at++) {
    const changed = sealed.map((byte, index) => index === at ? byte ^ 1 : byte);
    assert.equal(aeadOpen(KEY, changed, new Uint8Array()), undefined);
    assert.equal(aeadOpen(KEY, sealed.subarray(0, at), new Uint8Array()), undefined);
  }
});

Deno.test("aeadOpen gives bytes of their own, which may be wiped or handed over", () => {
  const opened = aeadOpen(KEY, aeadSeal(KEY, utf8("value"), new Uint8Array()), new Uint8Array());
  assert.equal(opened?.buffer.byteLength, 5);
});

Deno.test("aeadSeal never uses a nonce twice in ten thousand sealings", () => {
  const nonces = new Set<string>();
  for (let n = 0; n < 10_000; n++) {
    nonces.add(aeadSeal(KEY, utf8("x"), new Uint8Array()).subarray(0, 12).toHex());
  }
  assert.equal(nonces.size, 10_000);
});
