import assert from "node:assert/strict";
import fc from "fast-check";
import { randomBytes } from "../../../shared/crypto/random.ts";
import { StreamOpener, StreamSealer } from "../../../shared/crypto/stream.ts";
import { toHex, utf8 } from "../../../shared/encoding.ts";

const KEY = new Uint8Array(32).fill(7);
const CONTEXT = utf8("context");
const VECTORS = ["07b1d6c18f1caaf16019c82424416372c67a68b9fe", "4416e38f8fbb27a62995e92abd54f64007f9a0e9"];

function sealAll(chunks: readonly Uint8Array[], context = CONTEXT): Uint8Array[] {
  const sealer = new StreamSealer(KEY, context);
  return chunks.map((chunk, at) => sealer.seal(chunk, at === chunks.length - 1));
}

/** The chunks up to the first that does not open. */
function openAll(sealed: readonly Uint8Array[], context = CONTEXT): (Uint8Array | undefined)[] {
  const opener = new StreamOpener(KEY, context);
  return sealed.map((chunk, at) => opener.open(chunk, at === sealed.length - 1));
}

const chunks = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 });

Deno.test("StreamOpener gives back what StreamSealer sealed", () => {
  fc.assert(fc.property(chunks, (plain) => {
    assert.deepEqual(
      openAll(sealAll(plain)).map((chunk) => toHex(chunk ?? randomBytes(3))),
      plain.map(toHex),
    );
  }));
});

Deno.test("StreamOpener refuses a chunk with any bit flipped", () => {
  const [sealed = new Uint8Array()] = sealAll([utf8("some text")]);
  for (let bit = 0; bit < sealed.byteLength * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.deepEqual(openAll([changed]), [undefined]);
  }
});

Deno.test("StreamOpener refuses chunks that were moved, repeated, dropped or cut off at the end", () => {
  const [a, b, c] = sealAll([utf8("a"), utf8("b"), utf8("c")]) as [Uint8Array, Uint8Array, Uint8Array];
  for (const wrong of [[b, a, c], [a, a, c], [a, c], [a, b], [a], [a, b, c, c], [b, c]]) {
    assert.ok(openAll(wrong).includes(undefined));
  }
});

Deno.test("StreamOpener refuses a stream that belongs to another context", () => {
  assert.deepEqual(openAll(sealAll([utf8("a")], utf8("other"))), [undefined]);
});

Deno.test("StreamOpener refuses what is shorter than a tag", () => {
  assert.deepEqual(openAll([new Uint8Array(15)]), [undefined]);
});

Deno.test("StreamSealer and StreamOpener end with the last chunk", () => {
  const sealer = new StreamSealer(KEY, CONTEXT);
  const last = sealer.seal(utf8("a"), true);
  assert.throws(() => sealer.seal(utf8("b"), false), /ended/);
  const opener = new StreamOpener(KEY, CONTEXT);
  opener.open(last, true);
  assert.throws(() => opener.open(last, true), /ended/);
});

Deno.test("StreamSealer gives the bytes that WebCrypto computes from the definition", () => {
  // Nonce = 11 bytes of the number, one byte for the end.
  const [first, last] = sealAll([utf8("first"), utf8("last")]) as [Uint8Array, Uint8Array];
  assert.deepEqual([toHex(first), toHex(last)], VECTORS);
});
