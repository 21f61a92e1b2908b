/** The messages of one client of the SSH agent, each after its length of four bytes. */

import { cBuffer } from "../../shared/os/c_memory.ts";
import type { FdStream } from "../../shared/os/fd_stream.ts";
import { joinBytes } from "../../shared/bytes.ts";
import { SshFormatError } from "../../shared/ssh/wire.ts";
import { MAX_MESSAGE_BYTES } from "./protocol.ts";

const LENGTH_BYTES = 4;
const CHUNK_BYTES = 16 * 1024;

export class AgentMessages implements AsyncIterable<Uint8Array> {
  readonly #stream: FdStream;
  readonly #buffer = cBuffer(CHUNK_BYTES);
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: FdStream) {
    this.#stream = stream;
  }

  /** Until the client closes. @throws SshFormatError for a length that is none: nothing after it can be read */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let message: Uint8Array | undefined; (message = await this.#next()) !== undefined;) yield message;
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (!await this.#fill(LENGTH_BYTES)) return undefined;
    const length = new DataView(this.#rest.buffer, this.#rest.byteOffset).getUint32(0);
    if (length === 0 || length > MAX_MESSAGE_BYTES) throw new SshFormatError("a message of a wrong length");
    if (!await this.#fill(LENGTH_BYTES + length)) return undefined;
    const message = this.#rest.slice(LENGTH_BYTES, LENGTH_BYTES + length);
    this.#rest = this.#rest.slice(LENGTH_BYTES + length);
    return message;
  }

  /** Whether so many bytes are there before the end. */
  async #fill(length: number): Promise<boolean> {
    while (this.#rest.byteLength < length) {
      const count = await this.#stream.read(this.#buffer);
      if (count === 0) return false;
      this.#rest = joinBytes(this.#rest, this.#buffer.subarray(0, count));
    }
    return true;
  }
}
