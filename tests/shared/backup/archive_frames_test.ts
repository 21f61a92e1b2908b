import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ArchiveFramer,
  type ArchivePart,
  CHUNK_BYTES,
  readArchiveParts,
} from "../../../shared/backup/archive_frames.ts";
import { sha256 } from "../../../shared/crypto/hash.ts";
import { toHex, utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";

const HEADER = utf8('{"a":1}');

function archiveOf(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const framer = new ArchiveFramer();
  const pieces = [
    framer.header(HEADER),
    ...chunks.map((chunk, at) => framer.chunk(chunk, at === chunks.length - 1)),
    framer.end(),
  ];
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

const SMALL = archiveOf([new Uint8Array(20).fill(1), new Uint8Array(17).fill(2)]);

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

function read(bytes: Uint8Array, size = 7): Promise<ArchivePart[]> {
  return Array.fromAsync(readArchiveParts(inPieces(bytes, size)));
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await read(bytes);
    return "none";
  } catch (error) {
    if (error instanceof VaultError) return error.code;
    throw error;
  }
}

Deno.test("readArchiveParts gives back what ArchiveFramer wrote, in pieces of any size", async () => {
  const sealed = fc.uint8Array({ minLength: 16, maxLength: 100 });
  const chunks = fc.array(sealed, { minLength: 1, maxLength: 5 });
  await fc.assert(fc.asyncProperty(chunks, fc.integer({ min: 1, max: 300 }), async (list, size) => {
    const archive = archiveOf(list);
    const [header, ...rest] = await read(archive, size);
    assert.ok(header?.kind === "header");
    assert.deepEqual(header.bytes, HEADER);
    const end = rest.pop();
    assert.ok(end?.kind === "end" && end.bytes === archive.byteLength);
    assert.equal(toHex(end.digest), toHex(sha256(archive.subarray(0, -32))));
    assert.deepEqual(
      rest.map((part) => part.kind === "chunk" && [...part.sealed]),
      list.map((each) => [...each]),
    );
    assert.deepEqual(
      rest.map((part) => part.kind === "chunk" && part.isLast),
      list.map((_, at) => at === list.length - 1),
    );
  }));
});

Deno.test("readArchiveParts takes a full chunk and refuses a larger one", async () => {
  assert.equal(await codeOf(archiveOf([new Uint8Array(CHUNK_BYTES + 16)])), "none");
  assert.equal(await codeOf(archiveOf([new Uint8Array(CHUNK_BYTES + 17)])), "archive.damaged");
});

Deno.test("readArchiveParts finds every single bit that was flipped", async () => {
  for (let bit = 0; bit < SMALL.byteLength * 8; bit++) {
    const changed = SMALL.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.match(await codeOf(changed), /^archive\./);
  }
});

Deno.test("readArchiveParts says of an archive cut off anywhere that it ends too early", async () => {
  for (let length = 14; length < SMALL.byteLength; length++) {
    assert.equal(await codeOf(SMALL.subarray(0, length)), "archive.truncated");
  }
});

Deno.test("readArchiveParts refuses what follows the end", async () => {
  assert.equal(await codeOf(new Uint8Array([...SMALL, 0])), "archive.damaged");
});

Deno.test("readArchiveParts tells another file from an archive of another format", async () => {
  assert.equal(await codeOf(utf8("SQLite format 3\0 and more")), "archive.invalid");
  assert.equal(await codeOf(new Uint8Array()), "archive.invalid");
  for (const format of [0, 2]) {
    const other = SMALL.slice();
    other[9] = format;
    assert.equal(await codeOf(other), "archive.version");
  }
});
