import assert from "node:assert/strict";
import { toBase64, toBase64Url } from "../../../shared/encoding.ts";
import { generateSeed, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { parsePublicKeyText } from "../../../shared/crypto/public_key.ts";

/** Points whose order divides 8, as every list of weak Ed25519 keys has them. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

Deno.test("parsePublicKeyText takes a sound key in both alphabets and with white space around it", () => {
  const raw = publicKeyOf(signingKey(generateSeed()));
  for (const text of [toBase64Url(raw), toBase64(raw), ` ${toBase64Url(raw)}\n`]) {
    assert.deepEqual(parsePublicKeyText(text), raw);
  }
});

Deno.test("B23: parsePublicKeyText refuses points of small order, which verify anything", () => {
  for (const hex of SMALL_ORDER) {
    assert.equal(parsePublicKeyText(toBase64Url(Uint8Array.fromHex(hex))), undefined, hex);
  }
});

Deno.test("parsePublicKeyText refuses what is no key", () => {
  const noPoint = new Uint8Array(32).fill(2);
  for (const text of ["", "abc", "=", toBase64Url(new Uint8Array(31)), toBase64Url(new Uint8Array(33))]) {
    assert.equal(parsePublicKeyText(text), undefined, text);
  }
  assert.equal(parsePublicKeyText(toBase64Url(noPoint)), undefined);
});
