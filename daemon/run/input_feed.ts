/** The caller's stdin on its way to the child. A child that does not read holds up nothing but its own input. */

import type { FdStream } from "../../shared/os/fd_stream.ts";
import { VaultError } from "../../shared/errors.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { INITIAL_CREDIT } from "../../shared/socket/frames.ts";

export interface InputEvents {
  /** So many bytes have been taken by the child. */
  readonly onTaken: (bytes: number) => void;
  /** The child reads no more. */
  readonly onClosed: () => void;
}

export class InputFeed {
  readonly #stream: FdStream;
  readonly #events: InputEvents;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #queued = 0;
  #ended = false;
  #closed = false;
  #writing = false;

  constructor(stream: FdStream, events: InputEvents) {
    this.#stream = stream;
    this.#events = events;
  }

  /** @throws VaultError `client.frame_invalid` for more than the caller has credit for */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    // Sent before the caller heard that nobody reads.
    if (this.#closed) return;
    this.#queued += bytes.byteLength;
    if (this.#queued > INITIAL_CREDIT || this.#ended) {
      throw new VaultError("client.frame_invalid", "More input came than was asked for");
    }
    this.#queue.push(bytes);
    this.#flush();
  }

  /** The caller's input is over: the child sees its end after the last byte. */
  end(): void {
    this.#ended = true;
    this.#flush();
  }

  /** Gives up what was not written yet. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#stream.close();
  }

  #flush(): void {
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    try {
      for (let bytes; (bytes = this.#queue.shift()) !== undefined;) {
        await this.#stream.write(bytes);
        this.#queued -= bytes.byteLength;
        this.#events.onTaken(bytes.byteLength);
      }
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (!this.#closed) this.#events.onClosed();
      this.close();
    } finally {
      this.#writing = false;
    }
    if (this.#ended) this.close();
  }
}
