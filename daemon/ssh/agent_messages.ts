/** The messages of one client of the SSH agent, each after its length of four bytes. */

import { cBuffer } from "../../shared/os/c_memory.ts";
import type { FdStream } from "../../shared/os/fd_stream.ts";
import { SshFormatError } from "../../shared/ssh/wire.ts";
import { MAX_MESSAGE_BYTES } from "./protocol.ts";

const LENGTH_BYTES = 4;
const CHUNK_BYTES = 16 * 1024;

export class AgentMessages implements AsyncIterable<Uint8Array> {
  readonly #stream: FdStream;
  readonly #buffer = cBuffer(CHUNK_BYTES);
  /** What was read lies from `#start` to `#end`; grows as the longest message does, never with each small piece. */
  #read = new Uint8Array(CHUNK_BYTES);
  #start = 0;
  #end = 0;

  constructor(stream: FdStream) {
    this.#stream = stream;
  }

  /** Until the client closes. @throws SshFormatError for a length that is none: nothing after it can be read */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let message: Uint8Array | undefined; (message = await this.#next()) !== undefined;) yield message;
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (!await this.#fill(LENGTH_BYTES)) return undefined;
    const length = new DataView(this.#read.buffer).getUint32(this.#start);
    if (length === 0 || length > MAX_MESSAGE_BYTES) throw new SshFormatError("a message of a wrong length");
    if (!await this.#fill(LENGTH_BYTES + length)) return undefined;
    const from = this.#start + LENGTH_BYTES;
    this.#start = from + length;
    return this.#read.slice(from, this.#start);
  }

  /** Whether so many bytes are there before the end. */
  async #fill(length: number): Promise<boolean> {
    while (this.#end - this.#start < length) {
      const count = await this.#stream.read(this.#buffer);
      if (count === 0) return false;
      this.#makeRoom(count);
      this.#read.set(this.#buffer.subarray(0, count), this.#end);
      this.#end += count;
    }
    return true;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#read.byteLength) return;
    const kept = this.#read.subarray(this.#start, this.#end);
    const size = kept.byteLength + count;
    if (size <= this.#read.byteLength / 2) this.#read.copyWithin(0, this.#start, this.#end);
    else {
      const larger = new Uint8Array(2 * size);
      larger.set(kept);
      this.#read = larger;
    }
    this.#start = 0;
    this.#end = kept.byteLength;
  }
}
