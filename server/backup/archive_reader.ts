/**
 * From the bytes of an archive to its tables. Everything that is handed out was authenticated under the archive's key;
 * that nothing is missing at the end is known only once the reading has ended without an error.
 */

import { type ArchivePart, damaged, readArchiveParts } from "../../shared/backup/archive_frames.ts";
import { sha256 } from "../../shared/crypto/hash.ts";
import { StreamOpener } from "../../shared/crypto/stream.ts";
import { type ArchiveHeader, readHeader } from "./header.ts";
import { type ArchiveRecord, RecordReader } from "./records.ts";

/** Pieces of a file, of any size. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Gives the archive's key for its header. The reader wipes it. */
export type KeyForHeader = (header: ArchiveHeader) => Promise<Uint8Array>;

export interface OpenArchive {
  readonly header: ArchiveHeader;
  /** To be read once, to the end. @throws VaultError `archive.damaged`, `archive.truncated` */
  readonly records: AsyncGenerator<ArchiveRecord>;
}

/** The header alone: what a person is shown before a password is asked for. @throws VaultError `archive.…` */
export async function readArchiveHeader(pieces: Pieces): Promise<ArchiveHeader> {
  for await (const part of readArchiveParts(pieces)) {
    if (part.kind === "header") return readHeader(part.bytes);
  }
  throw damaged();
}

/** @throws VaultError `archive.…`, and what `keyFor` throws */
export async function openArchive(pieces: Pieces, keyFor: KeyForHeader): Promise<OpenArchive> {
  const parts = readArchiveParts(pieces);
  const { value } = await parts.next();
  if (value?.kind !== "header") throw damaged();
  const header = readHeader(value.bytes);
  const key = await keyFor(header);
  return { header, records: checkedRecords(decrypt(parts, new StreamOpener(key, sha256(value.bytes)), key)) };
}

async function* decrypt(
  parts: AsyncGenerator<ArchivePart>,
  opener: StreamOpener,
  key: Uint8Array,
): AsyncGenerator<ArchiveRecord> {
  const reader = new RecordReader();
  try {
    for await (const part of parts) {
      if (part.kind !== "chunk") continue;
      const piece = opener.open(part.sealed, part.isLast);
      if (piece === undefined) throw damaged();
      yield* reader.feed(piece);
    }
  } finally {
    key.fill(0);
  }
  if (!reader.isEmpty) throw damaged();
}

/** The order and the numbers that the writer promised. Authenticated, so a mismatch is a fault of the writer. */
async function* checkedRecords(records: AsyncGenerator<ArchiveRecord>): AsyncGenerator<ArchiveRecord> {
  let table: { readonly width: number; rows: number } | undefined;
  let tables = 0;
  let over = false;
  for await (const record of records) {
    if (over) throw damaged();
    if (record.kind === "row") {
      if (table === undefined || record.values.length !== table.width) throw damaged();
      table.rows += 1;
    } else if (record.kind === "table") {
      if (table !== undefined) throw damaged();
      table = { width: record.columns.length, rows: 0 };
    } else if (record.kind === "table_end") {
      if (table?.rows !== record.rows) throw damaged();
      table = undefined;
      tables += 1;
    } else {
      if (table !== undefined || record.tables !== tables) throw damaged();
      over = true;
    }
    yield record;
  }
  if (!over) throw damaged();
}
