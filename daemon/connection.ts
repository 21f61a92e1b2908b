/**
 * One connection on the daemon's socket: a request line, then an answer line or frames. Whole frames go out one after
 * the other, whoever sends them.
 */

import { joinBytes } from "../shared/bytes.ts";
import { utf8 } from "../shared/encoding.ts";
import { SECOND } from "../shared/clock.ts";
import { VaultError } from "../shared/errors.ts";
import { cBuffer } from "../shared/os/c_memory.ts";
import { FdStream } from "../shared/os/fd_stream.ts";
import { OsError } from "../shared/os/os_error.ts";
import type { Peer } from "../shared/os/peer.ts";
import type { Reactor } from "../shared/os/reactor.ts";
import { type Frame, FrameParser, HEADER_BYTES, MAX_DATA_BYTES } from "../shared/socket/frames.ts";
import { MAX_LINE_BYTES } from "../shared/socket/messages.ts";
import type { Timers } from "./timers.ts";

const LF = 0x0a;
const READ_BYTES = MAX_DATA_BYTES + HEADER_BYTES;
/** Whoever connects has its line ready. */
const LINE_TIMEOUT = 10 * SECOND;
/** A caller that was told the exit has only to read it. */
const HEARING_TIMEOUT = SECOND;

export class Connection implements Disposable {
  readonly peer: Peer;
  readonly #stream: FdStream;
  readonly #reactor: Reactor;
  readonly #buffer = cBuffer(READ_BYTES);
  /** What came after the line already. */
  #rest: Uint8Array = new Uint8Array();
  #sending: Promise<void> = Promise.resolve();

  /** Takes the stream over. */
  constructor(reactor: Reactor, stream: FdStream, peer: Peer) {
    this.#reactor = reactor;
    this.#stream = stream;
    this.peer = peer;
  }

  get closed(): boolean {
    return this.#stream.closed;
  }

  /** The request line without its LF. @throws VaultError when none comes in time or it is too long */
  async readLine(timers: Timers): Promise<Uint8Array> {
    const cancel = timers.after(LINE_TIMEOUT, () => this.close());
    const chunks: Uint8Array[] = [];
    try {
      for (let length = 0; length <= MAX_LINE_BYTES;) {
        const count = await this.#stream.read(this.#buffer);
        if (count === 0) {
          throw new VaultError("request.invalid", "The connection ended before a whole request line");
        }
        const chunk = this.#buffer.slice(0, count);
        const end = chunk.indexOf(LF);
        chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
        if (end >= 0) {
          this.#rest = chunk.subarray(end + 1);
          return joinBytes(...chunks);
        }
        length += count;
      }
    } finally {
      cancel();
    }
    throw new VaultError(
      "request.too_large",
      "The request line is longer than 4 MiB; pass a smaller environment",
    );
  }

  /** The caller's frames until it closes or breaks off. @throws VaultError `client.frame_invalid` */
  async *frames(): AsyncGenerator<Frame> {
    const parser = new FrameParser("caller");
    yield* parser.push(this.#rest);
    this.#rest = new Uint8Array();
    for (let count: number; (count = await this.#readOrEnd()) > 0;) {
      yield* parser.push(this.#buffer.subarray(0, count));
    }
  }

  /** Resolves when the caller's end is closed for good, or ours is. */
  async hangUp(): Promise<void> {
    if (!this.closed) await this.#reactor.hangUp(this.#stream.fd);
  }

  /** Sends one answer line. A caller that has gone does not hear it. */
  async sendLine(answer: unknown): Promise<void> {
    await this.send(utf8(`${JSON.stringify(answer)}\n`));
  }

  /** Sends whole frames; resolves when the system has taken them, or the caller has gone. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#sending = this.#sending.then(() => this.#write(bytes));
    return this.#sending;
  }

  /**
   * Says that nothing more comes, and waits until the caller has heard it: closing with frames of the caller unread
   * would look like a broken connection over there.
   */
  async finish(heard: Promise<void>, timers: Timers): Promise<void> {
    await this.#sending;
    this.#stream.endWriting();
    const cancel = timers.after(HEARING_TIMEOUT, () => this.close());
    await heard;
    cancel();
    this.close();
  }

  close(): void {
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.closed) return;
    try {
      await this.#stream.write(bytes);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
    }
  }

  async #readOrEnd(): Promise<number> {
    try {
      return await this.#stream.read(this.#buffer);
    } catch (error) {
      if (error instanceof OsError) return 0;
      throw error;
    }
  }
}
