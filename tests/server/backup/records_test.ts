import assert from "node:assert/strict";
import fc from "fast-check";
import { type ArchiveRecord, RecordReader, RecordWriter } from "../../../server/backup/records.ts";
import { VaultError } from "../../../shared/errors.ts";

const text = fc.string({ unit: "binary" }).filter((each) => each.isWellFormed());
const value = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  text,
  fc.uint8Array({ maxLength: 300 }),
);
/** With the prototype that a literal has. */
function plain<Shape extends object>(
  model: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> },
): fc.Arbitrary<Shape> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<Shape>;
}

const record: fc.Arbitrary<ArchiveRecord> = fc.oneof(
  plain({ kind: fc.constant("table" as const), name: text, columns: fc.array(text) }),
  plain({ kind: fc.constant("row" as const), values: fc.array(value) }),
  plain({ kind: fc.constant("table_end" as const), rows: fc.nat() }),
  plain({ kind: fc.constant("archive_end" as const), tables: fc.nat() }),
);

/** The bytes of records, taken in pieces of a size. */
function write(records: readonly ArchiveRecord[], size: number): Uint8Array[] {
  const writer = new RecordWriter();
  for (const each of records) writer.write(each);
  const pieces: Uint8Array[] = [];
  while (writer.size > 0) pieces.push(writer.take(size));
  return pieces;
}

function read(pieces: readonly Uint8Array[]): ArchiveRecord[] {
  const reader = new RecordReader();
  const records = pieces.flatMap((piece) => [...reader.feed(piece)]);
  assert.ok(reader.isEmpty);
  return records;
}

Deno.test("RecordReader gives back what RecordWriter wrote, whatever the pieces", () => {
  fc.assert(fc.property(fc.array(record), fc.integer({ min: 1, max: 200 }), (records, size) => {
    assert.deepEqual(read(write(records, size)), records);
  }));
});

Deno.test("RecordWriter keeps numbers exact at both ends and refuses those that are not whole", () => {
  const values = [
    0,
    -1,
    1,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    -(2 ** 32) - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  assert.deepEqual(read(write([{ kind: "row", values }], 64)), [{ kind: "row", values }]);
  assert.throws(() => write([{ kind: "row", values: [0.5] }], 64), /whole/);
});

Deno.test("RecordWriter holds a row larger than its buffer", () => {
  const values = [new Uint8Array(3 * 1024 * 1024).fill(9), "é".repeat(500_000)];
  assert.deepEqual(read(write([{ kind: "row", values }], 64 * 1024)), [{ kind: "row", values }]);
});

Deno.test("RecordReader never gives nonsense for changed bytes without an error or a record", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try {
      for (const each of new RecordReader().feed(bytes)) assert.ok(typeof each.kind === "string");
    } catch (error) {
      assert.ok(error instanceof VaultError && error.code === "archive.damaged");
    }
  }));
});

Deno.test("RecordReader knows that a record was left half way", () => {
  const [whole = new Uint8Array()] = write([{ kind: "row", values: ["abc"] }], 999);
  const reader = new RecordReader();
  assert.deepEqual([...reader.feed(whole.subarray(0, -1))], []);
  assert.ok(!reader.isEmpty);
});
