import assert from "node:assert/strict";
import fc from "fast-check";
import { isTextKey, isTimeKey, pageOf, readCursor } from "../../../server/services/paging.ts";
import { toBase64Url, utf8 } from "../../../shared/encoding.ts";

Deno.test("pageOf and readCursor: any key comes back as it was", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (name, id) => {
    const page = pageOf([[name, id], ["next", "row"]] as const, 1, (row) => row);
    assert.deepEqual(page.items, [[name, id]]);
    assert.deepEqual(readCursor(page.next, isTextKey), [name, id]);
  }));
});

Deno.test("pageOf has no next page where the rows are no more than the limit", () => {
  assert.equal(pageOf([1, 2], 2, (row) => [row]).next, undefined);
  assert.equal(pageOf([], 1, () => []).next, undefined);
});

Deno.test("readCursor refuses every text that it did not make", () => {
  const encoded = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));
  const bad = [
    "",
    "!",
    "e30",
    encoded({}),
    encoded([1]),
    encoded(["a"]),
    encoded(["a", "b", "c"]),
    encoded([null, "b"]),
  ];
  for (const cursor of bad) assert.throws(() => readCursor(cursor, isTextKey), /cursor is invalid/);
  assert.throws(() => readCursor(encoded([1.5, "a"]), isTimeKey), /cursor is invalid/);
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      readCursor(text, isTimeKey);
    } catch (error) {
      assert.match(String(error), /cursor is invalid/);
    }
  }));
});

Deno.test("readCursor gives nothing for no cursor", () => {
  assert.equal(readCursor(undefined, isTextKey), undefined);
});
