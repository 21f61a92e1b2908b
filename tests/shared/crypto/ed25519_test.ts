import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeKeyText,
  generateSeed,
  keyFingerprint,
  publicKeyOf,
  sign,
  signingKey,
  verify,
  verifyingKey,
} from "../../../shared/crypto/ed25519.ts";
import { toBase64, toBase64Url } from "../../../shared/encoding.ts";

/** Section 12 of the wire contract. */
const SEED_TEXT = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const PUBLIC_TEXT = "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw";

Deno.test("the golden key file gives the golden public key", () => {
  const seed = decodeKeyText(SEED_TEXT);
  assert.ok(seed !== undefined);
  assert.equal(toBase64Url(publicKeyOf(signingKey(seed))), PUBLIC_TEXT);
});

Deno.test("RFC 8032 section 7.1, test 2", () => {
  const key = signingKey(
    Uint8Array.fromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
  );
  assert.equal(
    publicKeyOf(key).toHex(),
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  );
  assert.equal(
    Uint8Array.from(sign(key, Uint8Array.of(0x72))).toHex(),
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
});

Deno.test("a signature fails for any other message and any other key", () => {
  const key = signingKey(generateSeed());
  const other = verifyingKey(publicKeyOf(signingKey(generateSeed())));
  const mine = verifyingKey(publicKeyOf(key));
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (message, different) => {
      const signature = sign(key, message);
      assert.ok(verify(mine, message, signature));
      assert.ok(!verify(other, message, signature));
      if (message.toHex() !== different.toHex()) assert.ok(!verify(mine, different, signature));
    }),
    { numRuns: 30 },
  );
});

Deno.test("decodeKeyText reads both alphabets, as the predecessor's keys come in both", () => {
  const raw = new Uint8Array(32).fill(0xfb);
  assert.deepEqual(decodeKeyText(toBase64Url(raw)), raw);
  assert.deepEqual(decodeKeyText(toBase64(raw)), raw);
  assert.equal(decodeKeyText("not a key!"), undefined);
});

Deno.test("keyFingerprint is SHA256: and 43 characters", () => {
  assert.match(keyFingerprint(new Uint8Array(32)), /^SHA256:[A-Za-z0-9_-]{43}$/);
});
