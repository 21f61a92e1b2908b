/**
 * One of the child's outputs on its way to the caller: never more under way than the caller gave credit for, so that a
 * reader which stalls holds up this stream and no other.
 *
 * When it ends: at the end of the pipe. A descendant that outlives the child may hold the pipe open for ever (a direct
 * run into a pipe would hang on it); so after the child's end there is a short while for last words, such as those of a
 * `tee` in a process substitution, and then what is in the pipe is the last of it. Bytes that wait for credit are never
 * given up: a slow reader gets all of them. What descendants write afterwards is read and dropped, so that they do not
 * die of a broken pipe.
 */

import { cBuffer } from "../../shared/os/c_memory.ts";
import type { FdStream } from "../../shared/os/fd_stream.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { INITIAL_CREDIT, MAX_DATA_BYTES } from "../../shared/socket/frames.ts";
import { CatchUps } from "./catch_ups.ts";

/** How the pump talks to the caller. */
export interface OutputSink {
  /** Takes bytes that are valid until it resolves; to how many were sent, which may be fewer now and more later. */
  readonly data: (bytes: Uint8Array) => Promise<number>;
  /** The caller gets no more of this output. */
  readonly last: () => Promise<unknown>;
  /** Nobody can write to this output any more; comes after `last`. */
  readonly end: () => Promise<void>;
}

/** As much as a pipe can be made to hold (`/proc/sys/fs/pipe-max-size`): what was in it at the last moment. */
const MAX_LAST_BYTES = 1024 * 1024;

export class OutputPump {
  readonly #stream: FdStream;
  readonly #sink: OutputSink;
  readonly #buffer = cBuffer(MAX_DATA_BYTES);
  readonly #catchUps = new CatchUps();
  #credit = INITIAL_CREDIT;
  #lastBytes: number | undefined;
  #discarding = false;
  #ended = false;
  #wake: () => void = () => {};

  constructor(stream: FdStream, sink: OutputSink) {
    this.#stream = stream;
    this.#sink = sink;
  }

  /** The caller takes so many bytes more. */
  addCredit(bytes: number): void {
    this.#credit += bytes;
    this.#wake();
  }

  /** The caller's reader has gone: the child is to notice as it would without us. */
  close(): void {
    this.#stream.close();
    this.#wake();
  }

  /** Nobody listens, but the child may go on writing. */
  discard(): void {
    this.#discarding = true;
    this.#wake();
    this.#stream.interrupt();
  }

  /** The time for last words is over: what is in the pipe now is the end. */
  hurry(): void {
    this.#lastBytes ??= MAX_LAST_BYTES;
    this.#stream.interrupt();
  }

  /** Resolves when the caller has been sent what was written before; what may be the beginning of a value stays back. */
  async caughtUp(): Promise<void> {
    if (this.#ended) return;
    this.#stream.interrupt();
    await this.#catchUps.wait(MAX_LAST_BYTES);
  }

  /** Resolves when the caller has been sent everything it will be. */
  async run(): Promise<void> {
    const ended = await this.#forwardAll();
    this.#ended = true;
    this.#catchUps.allSent();
    if (!this.#stream.closed) await this.#sink.last();
    if (ended) await this.#sink.end();
  }

  /** Whether the pipe came to its end. */
  async #forwardAll(): Promise<boolean> {
    while (await this.#hasCredit() && !this.#discarding) {
      const count = this.#read();
      if (count === 0) return true;
      if (count !== undefined) await this.#forward(count);
      else if (this.#lastBytes !== undefined) break;
      else {
        this.#catchUps.allSent();
        await this.#stream.readable();
      }
      if (this.#lastBytes !== undefined && this.#lastBytes <= 0) break;
    }
    return false;
  }

  /** Reads on for nobody until the last holder of the pipe has closed it. */
  async drain(): Promise<void> {
    this.#lastBytes = undefined;
    for (let count: number | undefined; (count = this.#read()) !== 0;) {
      if (count === undefined) await this.#stream.readable();
    }
    this.#stream.close();
  }

  async #forward(count: number): Promise<void> {
    if (this.#lastBytes !== undefined) this.#lastBytes -= count;
    const sent = await this.#sink.data(this.#buffer.subarray(0, count));
    if (!this.#discarding) this.#credit -= sent;
    this.#catchUps.sent(count);
  }

  /** A terminal gives a page at a time: what is there is gathered, so that it travels together. */
  #read(): number | undefined {
    const limit = this.#discarding || this.#credit <= 0
      ? MAX_DATA_BYTES
      : Math.min(MAX_DATA_BYTES, this.#credit, this.#lastBytes ?? MAX_DATA_BYTES);
    const first = this.#readInto(0, limit);
    let filled = first ?? 0;
    for (let more = first; more && filled < limit; filled += more ?? 0) more = this.#readInto(filled, limit);
    return first === undefined ? undefined : filled;
  }

  #readInto(start: number, end: number): number | undefined {
    try {
      return this.#stream.readAvailable(this.#buffer.subarray(start, end));
    } catch (error) {
      if (error instanceof OsError) return 0;
      throw error;
    }
  }

  /** False once the stream was closed here. */
  async #hasCredit(): Promise<boolean> {
    while (this.#credit <= 0 && !this.#discarding && !this.#stream.closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return !this.#stream.closed;
  }
}
