import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalDigits, fromBase32, toBase32 } from "../../shared/base32.ts";
import { utf8 } from "../../shared/encoding.ts";

Deno.test("toBase32 prints the digits of Crockford's alphabet, five bits each, highest first", () => {
  assert.equal(toBase32(new Uint8Array(5)), "00000000");
  assert.equal(toBase32(Uint8Array.of(255, 255, 255, 255, 255)), "ZZZZZZZZ");
  assert.equal(toBase32(Uint8Array.of(0, 0x44, 0x32, 0x14, 0xc7)), "01234567");
  assert.equal(toBase32(utf8("hello")), "D1JPRV3F");
});

Deno.test("fromBase32 gives back what toBase32 printed, in either case", () => {
  const blocks = fc.uint8Array({ maxLength: 60 }).map((bytes) =>
    bytes.slice(0, bytes.length - bytes.length % 5)
  );
  fc.assert(fc.property(blocks, (bytes) => {
    assert.deepEqual(fromBase32(toBase32(bytes)), new Uint8Array(bytes));
    assert.deepEqual(fromBase32(toBase32(bytes).toLowerCase()), new Uint8Array(bytes));
  }));
});

Deno.test("fromBase32 reads the letters that are mixed up as the digit that is meant", () => {
  assert.equal(canonicalDigits("oOiIlL"), "001111");
  assert.deepEqual(fromBase32("OOOOOOIL"), fromBase32("00000011"));
});

Deno.test("fromBase32 refuses other letters and other lengths", () => {
  for (const text of ["0000000U", "0000000-", "0000000é", "0000000", "000000000"]) {
    assert.equal(fromBase32(text), undefined, text);
  }
});

Deno.test("toBase32 takes whole blocks only", () => {
  assert.throws(() => toBase32(new Uint8Array(4)));
});
