/** A descriptor as something to read, write and close once. Owns its number: nobody else closes it. */

import { closeFd, type Fd, readOnce, setNonblocking, writeOnce } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { OsError } from "./os_error.ts";
import type { Reactor } from "./reactor.ts";

const SHUT_WR = 1;

export class FdStream implements Disposable {
  readonly #reactor: Reactor;
  readonly #fd: Fd;
  #closed = false;

  /** Takes the descriptor over and makes it return at once. */
  constructor(reactor: Reactor, fd: Fd) {
    setNonblocking(fd);
    this.#reactor = reactor;
    this.#fd = fd;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The number, for calls that only look at it. Not to be kept. */
  get fd(): Fd {
    if (this.#closed) throw new Error("this descriptor was closed");
    return this.#fd;
  }

  /** Waits for bytes; how many there are, 0 at the end or once closed here. @throws OsError */
  async read(buffer: Uint8Array<ArrayBuffer>): Promise<number> {
    for (;;) {
      const count = this.readAvailable(buffer);
      if (count !== undefined) return count;
      await this.#reactor.readable(this.#fd);
    }
  }

  /** What is there now: undefined where nothing is. */
  readAvailable(buffer: Uint8Array<ArrayBuffer>): number | undefined {
    return this.#closed ? 0 : readOnce(this.#fd, buffer);
  }

  /** Writes all of it. Not to be called while another write is under way. @throws OsError `EPIPE` */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      if (this.#closed) throw new OsError("write", libc().numbers.errno.EPIPE);
      const count = writeOnce(this.#fd, bytes.subarray(at));
      if (count === undefined) await this.#reactor.writable(this.#fd);
      else at += count;
    }
  }

  /** Resolves when something can be read, or the other side has gone, or the wait was interrupted. */
  readable(): Promise<boolean> {
    return this.#closed ? Promise.resolve(false) : this.#reactor.readable(this.#fd);
  }

  /** Ends waits without closing: whoever waited looks again at what it wants. */
  interrupt(): void {
    if (!this.#closed) this.#reactor.forget(this.#fd);
  }

  /** Of a socket: the other side sees the end, and may still send. */
  endWriting(): void {
    if (!this.#closed) libc().posix.shutdown(this.#fd, SHUT_WR);
  }

  /** Ends waits, then closes. Twice is once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reactor.forget(this.#fd);
    closeFd(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
