/**
 * One of the child's outputs on its way to ours: chunks are written in order, each gives its credit back when it is
 * written, and a reader that has gone away is told to the daemon, which closes the child's pipe as the kernel would.
 */

import { writeAll } from "../daemon_client.ts";

export interface OutputTarget {
  write(bytes: Uint8Array): Promise<number>;
}

export interface OutputEvents {
  /** So many bytes are out. */
  readonly onWritten: (bytes: number) => void;
  /** Nobody reads this output any more. */
  readonly onClosed: () => void;
}

export class Output {
  readonly #target: OutputTarget;
  readonly #events: OutputEvents;
  #closed = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(target: OutputTarget, events: OutputEvents) {
    this.#target = target;
    this.#events = events;
  }

  /** Takes a chunk; does not wait for it. */
  push(bytes: Uint8Array): void {
    this.#tail = this.#tail.then(() => this.#write(bytes));
  }

  /** Resolves when all that was pushed is out, or cannot get out. */
  flush(): Promise<void> {
    return this.#tail;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return;
    try {
      await writeAll(this.#target, bytes);
      this.#events.onWritten(bytes.byteLength);
    } catch {
      // EPIPE, or a disk that is full: a direct run could not write there either.
      this.#closed = true;
      this.#events.onClosed();
    }
  }
}
