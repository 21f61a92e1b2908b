/**
 * From a snapshot to the bytes of an archive, piece by piece: nothing larger than a row and a chunk is in memory, and
 * each piece is a millisecond or two of work. Sealed rows go in as they are: the archive is sealed around them.
 */

import { ArchiveFramer, CHUNK_BYTES } from "../../shared/backup/archive_frames.ts";
import { sha256 } from "../../shared/crypto/hash.ts";
import { StreamSealer } from "../../shared/crypto/stream.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { decisionOn } from "./decisions.ts";
import { type ArchiveHeader, printHeader } from "./header.ts";
import { RecordWriter } from "./records.ts";

/** What was written, for the log and the answer. */
export interface ArchiveSummary {
  readonly tables: number;
  readonly rows: number;
  /** Of the whole file. */
  readonly bytes: number;
  /** SHA-256 of everything before: the last bytes of the file. */
  readonly digest: Uint8Array;
}

interface Counts {
  tables: number;
  rows: number;
}

/** Gives all bytes but the digest that ends the file, which is returned. The caller wipes `key`. */
export function* writeArchive(
  snapshot: Snapshot,
  header: ArchiveHeader,
  key: Uint8Array,
): Generator<Uint8Array, ArchiveSummary> {
  const framer = new ArchiveFramer();
  const printed = printHeader(header);
  const sealer = new StreamSealer(key, sha256(printed));
  const first = framer.header(printed);
  const records = new RecordWriter();
  const counts: Counts = { tables: 0, rows: 0 };
  let bytes = first.byteLength;
  yield first;
  for (const _ of writeTables(snapshot, records, counts)) {
    while (records.size > CHUNK_BYTES) {
      const piece = framer.chunk(sealer.seal(records.take(CHUNK_BYTES), false), false);
      bytes += piece.byteLength;
      yield piece;
    }
  }
  const last = framer.chunk(sealer.seal(records.take(CHUNK_BYTES), true), true);
  bytes += last.byteLength;
  yield last;
  const digest = framer.end();
  return { ...counts, bytes: bytes + digest.byteLength, digest };
}

/** Stops after each record, so that what was gathered can be taken. */
function* writeTables(snapshot: Snapshot, records: RecordWriter, counts: Counts): Generator<void> {
  const tables = snapshot.tables.filter((table) => decisionOn(table).fate !== "left_out");
  for (const table of tables) {
    yield* writeTable(snapshot, table, records, counts);
    counts.tables += 1;
  }
  records.write({ kind: "archive_end", tables: counts.tables });
  yield;
}

function* writeTable(
  snapshot: Snapshot,
  name: string,
  records: RecordWriter,
  counts: Counts,
): Generator<void> {
  const columns = snapshot.columns(name);
  records.write({ kind: "table", name, columns });
  let rows = 0;
  for (const row of snapshot.rows(name)) {
    records.write({ kind: "row", values: columns.map((column) => row[column] ?? null) });
    rows += 1;
    yield;
  }
  records.write({ kind: "table_end", rows });
  counts.rows += rows;
  yield;
}
