import assert from "node:assert/strict";
import fc from "fast-check";
import { equalBytes, equalTexts, hmacSha256, sha256, sha256Hex } from "../../../shared/crypto/hash.ts";
import { toHex, utf8 } from "../../../shared/encoding.ts";
import { randomBytes, randomHex, randomUuid } from "../../../shared/crypto/random.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";

Deno.test("sha256 of `abc` is the one of FIPS 180-4", () => {
  const wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(sha256Hex("abc"), wanted);
  assert.equal(toHex(sha256(utf8("abc"))), wanted);
});

Deno.test("hmacSha256 gives RFC 4231 case 2", () => {
  assert.equal(
    toHex(hmacSha256(utf8("Jefe"), "what do ya want for nothing?")),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("equalBytes and equalTexts are equality", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (left, right) => {
    assert.equal(equalTexts(left, right), left === right);
    assert.equal(equalBytes(utf8(left), utf8(left)), true);
  }));
});

Deno.test("random values have their form and differ", () => {
  assert.equal(randomBytes(33).byteLength, 33);
  assert.match(randomHex(8), /^[0-9a-f]{16}$/);
  assert.match(randomUuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(Array.from({ length: 100 }, () => randomHex(16))).size, 100);
});

Deno.test("wipe overwrites every byte", () => {
  const bytes = randomBytes(64);
  wipe(bytes);
  assert.ok(bytes.every((byte) => byte === 0));
});
