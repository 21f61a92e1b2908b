/**
 * The data types of the SSH protocols (RFC 4251, section 5): what an agent's messages, public keys, private key files
 * and signatures are made of.
 */

import { joinBytes } from "../bytes.ts";
import { fromUtf8, utf8 } from "../encoding.ts";

/** Bytes that are not what they should be. Says nothing of them: they may be a private key. */
export class SshFormatError extends Error {
  override readonly name = "SshFormatError";
}

/** Reads field by field; whoever has read everything says so by {@linkcode SshReader.end}. */
export class SshReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  byte(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4));
  }

  /** A `string`, as a view. */
  string(): Uint8Array {
    const length = this.uint32();
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A `string` that is text. */
  text(): string {
    const text = fromUtf8(this.string());
    if (text === undefined) throw new SshFormatError("a name is no text");
    return text;
  }

  /** A non-negative `mpint` without its leading zero. */
  mpint(): Uint8Array {
    const bytes = this.string();
    if (((bytes[0] ?? 0) & 0x80) !== 0) throw new SshFormatError("a number is negative");
    return trimZeros(bytes);
  }

  /** @throws SshFormatError where something is left */
  end(): void {
    if (this.left !== 0) throw new SshFormatError("there is more than there should be");
  }

  #skip(length: number): number {
    if (length > this.left) throw new SshFormatError("there is less than there should be");
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** One `uint32`. */
export function sshUint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** One `string`. */
export function sshString(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === "string" ? utf8(content) : content;
  return joinBytes(sshUint32(bytes.byteLength), bytes);
}

/** One `mpint` of an unsigned big-endian number. */
export function sshMpint(unsigned: Uint8Array): Uint8Array<ArrayBuffer> {
  const trimmed = trimZeros(unsigned);
  const sign = ((trimmed[0] ?? 0) & 0x80) === 0 ? new Uint8Array() : Uint8Array.of(0);
  return sshString(joinBytes(sign, trimmed));
}

function trimZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? new Uint8Array() : bytes.subarray(start);
}
