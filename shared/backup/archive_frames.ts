/**
 * The outside of a backup archive, which anybody can read: enough to tell whether a file is an archive, whole and
 * undamaged, without any key. What is inside only the vault's key opens (`server/backup/`).
 *
 * Layout, numbers big-endian: the text `CXBACKUP`, format version (16 bits), length of the header (32 bits), header
 * (JSON), then chunks, each as its length in 31 bits behind a bit that is 1 for the last one, and last of all the SHA-256
 * of everything before it.
 */

import { equalBytes, Sha256 } from "../crypto/hash.ts";
import { TAG_BYTES } from "../crypto/aead.ts";
import { utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";

export const ARCHIVE_FORMAT = 1;
/** Plaintext of a full chunk. */
export const CHUNK_BYTES = 64 * 1024;

const MAGIC = utf8("CXBACKUP");
const PRELUDE_BYTES = MAGIC.byteLength + 2 + 4;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;
const LAST_BIT = 0x8000_0000;
const DIGEST_BYTES = 32;

export type ArchivePart =
  | { readonly kind: "header"; readonly bytes: Uint8Array }
  | { readonly kind: "chunk"; readonly sealed: Uint8Array; readonly isLast: boolean }
  /** The digest was checked and nothing follows it. */
  | { readonly kind: "end"; readonly digest: Uint8Array; readonly bytes: number };

/** Writes archives: each call gives the next bytes of the file. */
export class ArchiveFramer {
  readonly #hash = new Sha256();

  header(header: Uint8Array): Uint8Array {
    const prelude = new Uint8Array(PRELUDE_BYTES);
    prelude.set(MAGIC);
    const view = new DataView(prelude.buffer);
    view.setUint16(MAGIC.byteLength, ARCHIVE_FORMAT);
    view.setUint32(MAGIC.byteLength + 2, header.byteLength);
    return this.#pass(join(prelude, header));
  }

  chunk(sealed: Uint8Array, isLast: boolean): Uint8Array {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, (sealed.byteLength | (isLast ? LAST_BIT : 0)) >>> 0);
    return this.#pass(join(length, sealed));
  }

  /** The digest that ends the file. */
  end(): Uint8Array {
    return this.#hash.digest();
  }

  #pass(bytes: Uint8Array): Uint8Array {
    this.#hash.update(bytes);
    return bytes;
  }
}

/**
 * The parts of an archive that comes in pieces of any size; each is handed on before the next is read. Ends with `end`,
 * or throws.
 * @throws VaultError `archive.invalid`, `archive.version`, `archive.truncated`, `archive.damaged`
 */
export async function* readArchiveParts(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<ArchivePart> {
  const input = new ByteQueue(pieces);
  const prelude = await input.take(PRELUDE_BYTES, notAnArchive);
  yield { kind: "header", bytes: await input.take(headerLength(prelude), truncated) };
  for (let isLast = false; !isLast;) {
    const word = numberOf(await input.take(4, truncated));
    isLast = (word & LAST_BIT) !== 0;
    const length = word & ~LAST_BIT;
    if (length < TAG_BYTES || length > MAX_SEALED_BYTES) throw damaged();
    yield { kind: "chunk", sealed: await input.take(length, truncated), isLast };
  }
  yield await readEnd(input);
}

async function readEnd(input: ByteQueue): Promise<ArchivePart> {
  const digest = input.digest();
  const stored = await input.take(DIGEST_BYTES, truncated);
  if (!equalBytes(digest, stored) || !await input.isAtEnd()) throw damaged();
  return { kind: "end", digest, bytes: input.count };
}

function headerLength(prelude: Uint8Array): number {
  if (!equalBytes(prelude.subarray(0, MAGIC.byteLength), MAGIC)) throw notAnArchive();
  const view = new DataView(prelude.buffer, prelude.byteOffset + MAGIC.byteLength);
  const format = view.getUint16(0);
  if (format !== ARCHIVE_FORMAT) throw otherFormat(format);
  const length = view.getUint32(2);
  if (length > MAX_HEADER_BYTES) throw damaged();
  return length;
}

/** Gathers pieces until there are as many bytes as wanted, and digests what was taken. */
class ByteQueue {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #hash = new Sha256();
  #waiting = new Uint8Array();
  #at = 0;
  #digested = false;
  count = 0;

  constructor(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#pieces = Symbol.asyncIterator in pieces
      ? pieces[Symbol.asyncIterator]()
      : pieces[Symbol.iterator]();
  }

  /** Bytes of their own. @throws what `missing` makes where the input ends before */
  async take(length: number, missing: () => VaultError): Promise<Uint8Array> {
    while (this.#left < length) {
      if (!await this.#more()) throw missing();
    }
    const taken = this.#waiting.slice(this.#at, this.#at + length);
    this.#at += length;
    this.count += length;
    if (!this.#digested) this.#hash.update(taken);
    return taken;
  }

  /** Of everything taken so far. What is taken from now on is not digested any more. */
  digest(): Uint8Array {
    this.#digested = true;
    return this.#hash.digest();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#left === 0) {
      if (!await this.#more()) return true;
    }
    return false;
  }

  get #left(): number {
    return this.#waiting.byteLength - this.#at;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#pieces.next();
    if (done === true) return false;
    this.#waiting = join(this.#waiting.subarray(this.#at), value);
    this.#at = 0;
    return true;
  }
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.byteLength + tail.byteLength);
  whole.set(head);
  whole.set(tail, head.byteLength);
  return whole;
}

function notAnArchive(): VaultError {
  return new VaultError(
    "archive.invalid",
    "This is not a backup of CortexAuth; name the file that cortex admin backup wrote",
  );
}

function otherFormat(format: number): VaultError {
  const message =
    `The archive has format ${format} and this program reads format ${ARCHIVE_FORMAT}; restore it with the version that made it`;
  return new VaultError("archive.version", message, { details: { format, supported: ARCHIVE_FORMAT } });
}

function truncated(): VaultError {
  return new VaultError(
    "archive.truncated",
    "The archive ends too early, its rest is missing; take another copy of it",
  );
}

/** What is said of bytes that are not those that were written, wherever that comes out. */
export function damaged(): VaultError {
  return new VaultError(
    "archive.damaged",
    "The archive was changed after it was made; take another copy of it",
  );
}
