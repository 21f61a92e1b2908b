import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from "../../shared/encoding.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

Deno.test("every encoding gives the bytes back", () => {
  fc.assert(fc.property(bytes, (data) => {
    assert.deepEqual(fromHex(toHex(data)), data);
    assert.deepEqual(fromBase64(toBase64(data)), data);
    assert.deepEqual(fromBase64Url(toBase64Url(data)), data);
  }));
});

Deno.test("a decoded text printed again is the same text: no two texts mean the same bytes", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."ABab01+/-_= \n") }), (text) => {
    const [url, plain] = [fromBase64Url(text), fromBase64(text)];
    if (url !== undefined) assert.equal(toBase64Url(url), text);
    if (plain !== undefined) assert.equal(toBase64(plain), text);
  }));
});

Deno.test("base64url refuses padding, the other alphabet, white space and stray bits", () => {
  for (const text of ["YQ==", "+/+/", "YQ ", "Y", "YR"]) assert.equal(fromBase64Url(text), undefined, text);
});

Deno.test("base64 refuses missing padding, the other alphabet, white space and stray bits", () => {
  for (const text of ["YQ", "-_-_", "YQ==\n", "YR==", "===="]) {
    assert.equal(fromBase64(text), undefined, text);
  }
});

Deno.test("hex refuses odd lengths and other letters", () => {
  for (const text of ["a", "zz", "0x", "aa "]) assert.equal(fromHex(text), undefined, text);
});

Deno.test("fromUtf8 refuses broken UTF-8 and keeps a byte order mark", () => {
  assert.equal(fromUtf8(new Uint8Array([0xff])), undefined);
  assert.equal(fromUtf8(new Uint8Array([0xed, 0xa0, 0x80])), undefined);
  assert.equal(fromUtf8(utf8("\uFEFFa")), "\uFEFFa");
});
