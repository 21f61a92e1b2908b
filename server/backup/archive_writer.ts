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

/** Gives all bytes but the digest that ends the file, which is returned. The caller wipes `key`. */
export function* writeArchive(
  snapshot: Snapshot,
  header: ArchiveHeader,
  key: Uint8Array,
): Generator<Uint8Array, ArchiveSummary> {
  const records = new RecordWriter();
  const chunks = new ChunkWriter(records, printHeader(header), key);
  const tables = snapshot.tables.filter((table) => decisionOn(table).fate !== "left_out");
  let rows = 0;
  yield chunks.header();
  for (const table of tables) {
    let inTable = 0;
    records.write({ kind: "table", name: table, columns: snapshot.columns(table) });
    for (const values of snapshot.values(table)) {
      records.write({ kind: "row", values });
      inTable += 1;
      while (records.size > CHUNK_BYTES) yield chunks.next(false);
    }
    records.write({ kind: "table_end", rows: inTable });
    rows += inTable;
  }
  records.write({ kind: "archive_end", tables: tables.length });
  while (records.size > CHUNK_BYTES) yield chunks.next(false);
  yield chunks.next(true);
  return { tables: tables.length, rows, ...chunks.end() };
}

/** Takes what records have gathered, a chunk at a time, and seals it. */
class ChunkWriter {
  readonly #records: RecordWriter;
  readonly #printed: Uint8Array;
  readonly #sealer: StreamSealer;
  readonly #framer = new ArchiveFramer();
  #bytes = 0;

  constructor(records: RecordWriter, printedHeader: Uint8Array, key: Uint8Array) {
    this.#records = records;
    this.#printed = printedHeader;
    this.#sealer = new StreamSealer(key, sha256(printedHeader));
  }

  header(): Uint8Array {
    return this.#counted(this.#framer.header(this.#printed));
  }

  next(isLast: boolean): Uint8Array {
    const sealed = this.#sealer.seal(this.#records.take(CHUNK_BYTES), isLast);
    return this.#counted(this.#framer.chunk(sealed, isLast));
  }

  end(): Pick<ArchiveSummary, "bytes" | "digest"> {
    const digest = this.#framer.end();
    return { digest, bytes: this.#bytes + digest.byteLength };
  }

  #counted(piece: Uint8Array): Uint8Array {
    this.#bytes += piece.byteLength;
    return piece;
  }
}
