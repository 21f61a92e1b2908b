/** A pipe of the monitor's protocol, read: lines, and bytes of a known number after one. */

import { cBuffer } from "../../shared/os/c_memory.ts";
import type { FdStream } from "../../shared/os/fd_stream.ts";

const CHUNK_BYTES = 64 * 1024;
const LF = 0x0a;

export class MonitorInput {
  readonly #stream: FdStream;
  readonly #buffer = cBuffer(CHUNK_BYTES);
  #rest: Uint8Array<ArrayBuffer> = cBuffer(0);

  constructor(stream: FdStream) {
    this.#stream = stream;
  }

  /** The next line without its LF; undefined at the end. */
  async line(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (!this.#rest.includes(LF)) if (!await this.#more()) return undefined;
    const end = this.#rest.indexOf(LF);
    return this.#take(end + 1).subarray(0, end);
  }

  /** Exactly so many bytes, the caller's own; undefined when the end comes before. */
  async bytes(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#rest.byteLength < length) if (!await this.#more()) return undefined;
    return this.#take(length);
  }

  /** Resolves when the other side has closed. */
  async end(): Promise<void> {
    while (await this.#more()) this.#rest = cBuffer(0);
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.#rest.slice(0, length);
    const rest = this.#rest.slice(length);
    this.#rest.fill(0);
    this.#rest = rest;
    return taken;
  }

  async #more(): Promise<boolean> {
    const count = await this.#stream.read(this.#buffer);
    const joined = cBuffer(this.#rest.byteLength + count);
    joined.set(this.#rest);
    joined.set(this.#buffer.subarray(0, count), this.#rest.byteLength);
    this.#rest.fill(0);
    this.#buffer.fill(0, 0, count);
    this.#rest = joined;
    return count > 0;
  }
}
