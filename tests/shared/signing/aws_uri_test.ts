import assert from "node:assert/strict";
import fc from "fast-check";
import { awsEncode, canonicalQuery, normalPath, readQuery, s3Path } from "../../../shared/signing/aws_uri.ts";

const anyText = fc.string({ unit: "grapheme" });

Deno.test("awsEncode leaves unreserved characters and nothing else, and decodes to what it was", () => {
  fc.assert(fc.property(anyText, (text) => {
    const encoded = awsEncode(text);
    assert.match(encoded, /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
    assert.equal(decodeURIComponent(encoded), text);
  }));
});

Deno.test("canonicalQuery is one text however the pairs were ordered, and readQuery gives the pairs back", () => {
  fc.assert(fc.property(fc.array(fc.tuple(anyText.filter((name) => name !== ""), anyText)), (pairs) => {
    const query = canonicalQuery(pairs);
    assert.equal(canonicalQuery(pairs.toReversed()), query);
    const read = readQuery(query) ?? [];
    assert.equal(canonicalQuery(read), query);
    assert.deepEqual(read.toSorted(), pairs.map((pair) => [...pair]).toSorted());
  }));
});

Deno.test("canonicalQuery sorts by name first: a name comes before a longer one that begins with it", () => {
  assert.equal(canonicalQuery([["a-b", "1"], ["a", "2"], ["a", "1"], ["A", "3"]]), "A=3&a=1&a=2&a-b=1");
});

Deno.test("readQuery refuses what two services would read in two ways", () => {
  assert.equal(readQuery("q=a+b"), undefined);
  assert.equal(readQuery("q=%ff"), undefined);
  assert.deepEqual(readQuery("acl&list-type=2&&x=%2B%20&y=1=2"), [
    ["acl", ""],
    ["list-type", "2"],
    ["x", "+ "],
    ["y", "1=2"],
  ]);
});

Deno.test("s3Path encodes each character once, however it came, and keeps dots and empty segments", () => {
  assert.equal(s3Path("/a b/c%20d/e+f/(ü)"), "/a%20b/c%20d/e%2Bf/%28%C3%BC%29");
  assert.equal(s3Path("//a/./../b/"), "//a/./../b/");
  assert.equal(s3Path("/100%/%zz/%2"), "/100%25/%25zz/%252");
  fc.assert(fc.property(fc.webPath(), (path) => assert.equal(s3Path(s3Path(path)), s3Path(path))));
});

Deno.test("normalPath resolves dots and empty segments, and encodes what is encoded again", () => {
  assert.equal(normalPath("/a%20b/"), "/a%2520b/");
  assert.equal(normalPath("/../../a"), "/a");
  assert.equal(normalPath("//"), "/");
  assert.equal(normalPath("/a/.."), "/");
  assert.equal(normalPath("/a/b/."), "/a/b/");
});
