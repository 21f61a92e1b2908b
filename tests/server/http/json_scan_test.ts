import assert from "node:assert/strict";
import fc from "fast-check";
import { scanJson } from "../../../server/http/json_scan.ts";
import { utf8 } from "../../../shared/encoding.ts";

const scan = (text: string) => scanJson(utf8(text));

Deno.test("scanJson lets every JSON text of reasonable depth through", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 20 }), (text) => assert.equal(scan(text), undefined)));
});

Deno.test("scanJson allows 64 levels and refuses the 65th", () => {
  assert.equal(scan("[".repeat(64) + "]".repeat(64)), undefined);
  assert.equal(scan("[".repeat(65) + "]".repeat(65)), "too_deep");
  assert.equal(scan('{"a":'.repeat(65)), "too_deep");
});

Deno.test("scanJson refuses more members than any body of ours has", () => {
  assert.equal(scan(`[${"1,".repeat(19_999)}1]`), undefined);
  assert.equal(scan(`[${"1,".repeat(20_001)}1]`), "too_many");
});

Deno.test("scanJson finds a repeated name, at any depth and behind escapes", () => {
  assert.equal(scan('{"a":1,"a":2}'), "repeated_name");
  assert.equal(scan('{"a":1,"\\u0061":2}'), "repeated_name");
  assert.equal(scan('{"x":[{"b":1,"c":2,"b":3}]}'), "repeated_name");
  assert.equal(scan('{"é":1,"é":2}'), "repeated_name");
});

Deno.test("scanJson takes equal names in different objects, and names inside texts, for what they are", () => {
  assert.equal(scan('{"a":{"a":{"a":1}},"b":{"a":1}}'), undefined);
  assert.equal(scan('{"a":"\\"a\\":1,\\"a\\":2","b":"{[{["}'), undefined);
  assert.equal(scan('[{"a":1},{"a":1}]'), undefined);
});

Deno.test("scanJson ends on any bytes whatever", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    scanJson(bytes);
  }));
});

Deno.test("scanJson reads 2 MiB of brackets or quotes without delay", () => {
  for (const piece of ["[", '"', "\\", '{"a":']) {
    const started = performance.now();
    scan(piece.repeat(2_000_000 / piece.length));
    assert.ok(performance.now() - started < 1_000, `${piece} took too long`);
  }
});
