/**
 * Waits for many descriptors with one `poll` on a helper thread, and wakes who waited. Reads and writes themselves are
 * then short calls on this thread, because no descriptor that is used with it ever waits (`O_NONBLOCK`).
 *
 * - While nobody waits there is no `poll`, and nothing keeps the process alive.
 * - A watch that is added or dropped while `poll` runs ends it by a byte in the wake pipe.
 * - Closing a descriptor that is polled is safe in the kernel, but its number may be given out again at once: a result
 *   counts only for the watches that were polled and are still there, never for a number.
 */

import { cBuffer } from "./c_memory.ts";
import { closeFd, type Fd, makePipe, readOnce, setNonblocking, writeOnce } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { OsError } from "./os_error.ts";

const POLLIN = 0x1;
const POLLOUT = 0x4;
const POLLFD_BYTES = 8;
/** Microtasks that those who were woken get before the next poll: they mostly wait again, and save us a wake. */
const SETTLING_STEPS = 12;
/** `poll` fails for lack of memory or by a signal; that many times in a row it is broken. */
const MAX_FAILURES = 1000;

interface Watch {
  readonly fd: Fd;
  readonly events: number;
  readonly resolve: (ready: boolean) => void;
  readonly reject: (reason: Error) => void;
}

export class Reactor implements Disposable {
  readonly #wakeReader: Fd;
  readonly #wakeWriter: Fd;
  readonly #drain = cBuffer(64);
  readonly #watches = new Set<Watch>();
  /** Held while C writes to it: the collector must not take it. */
  #pollfds = cBuffer(16 * POLLFD_BYTES);
  #running: Promise<void> | undefined;
  #inPoll = false;
  #woken = false;
  #closed = false;

  constructor() {
    const { reader, writer } = makePipe();
    setNonblocking(reader);
    setNonblocking(writer);
    this.#wakeReader = reader;
    this.#wakeWriter = writer;
  }

  /** Resolves to true when a read will not wait; to false when the descriptor was forgotten. */
  readable(fd: Fd): Promise<boolean> {
    return this.#watch(fd, POLLIN);
  }

  /** Resolves to true when a write will not wait; to false when the descriptor was forgotten. */
  writable(fd: Fd): Promise<boolean> {
    return this.#watch(fd, POLLOUT);
  }

  /** Resolves to true when the other side has closed for good: a half-closed socket has not. */
  hangUp(fd: Fd): Promise<boolean> {
    return this.#watch(fd, 0);
  }

  /** Ends every wait for a descriptor: to be called before it is closed. */
  forget(fd: Fd): void {
    for (const watch of [...this.#watches]) {
      if (watch.fd !== fd) continue;
      this.#watches.delete(watch);
      watch.resolve(false);
      this.#wake();
    }
  }

  /** Ends every wait, and resolves once no thread uses our memory or descriptors any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of [...this.#watches]) this.forget(watch.fd);
    await this.#running;
    closeFd(this.#wakeReader);
    closeFd(this.#wakeWriter);
  }

  [Symbol.dispose](): void {
    void this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** How many waits there are: for tests of leaks. */
  get waiting(): number {
    return this.#watches.size;
  }

  #watch(fd: Fd, events: number): Promise<boolean> {
    // Rejecting instead of resolving: whoever waits in a loop would otherwise spin.
    if (this.#closed) return Promise.reject(new OsError("poll", libc().numbers.errno.EBADF));
    return new Promise((resolve, reject) => {
      this.#watches.add({ fd, events, resolve, reject });
      if (this.#running === undefined) this.#running = this.#run();
      else this.#wake();
    });
  }

  #wake(): void {
    if (!this.#inPoll || this.#woken) return;
    this.#woken = true;
    writeOnce(this.#wakeWriter, Uint8Array.of(1));
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#watches.size > 0;) {
      const polled = [...this.#watches];
      const count = await this.#poll(polled);
      failures = count < 0 ? failures + 1 : 0;
      if (failures > MAX_FAILURES) return this.#fail();
      if (count > 0) this.#settle(polled);
      for (let step = 0; step < SETTLING_STEPS; step++) await undefined;
    }
    this.#running = undefined;
  }

  async #poll(polled: readonly Watch[]): Promise<number> {
    const length = (polled.length + 1) * POLLFD_BYTES;
    if (this.#pollfds.byteLength < length) this.#pollfds = cBuffer(length * 2);
    const view = new DataView(this.#pollfds.buffer);
    writePollfd(view, 0, this.#wakeReader, POLLIN);
    polled.forEach(({ fd, events }, index) => writePollfd(view, index + 1, fd, events));
    this.#inPoll = true;
    const count = await libc().posix.poll(this.#pollfds, BigInt(polled.length + 1), -1);
    this.#inPoll = false;
    if (this.#woken) readOnce(this.#wakeReader, this.#drain);
    this.#woken = false;
    return count;
  }

  /** Any event counts, errors and hang-ups too: the read or write that follows tells which. */
  #settle(polled: readonly Watch[]): void {
    const view = new DataView(this.#pollfds.buffer);
    polled.forEach((watch, index) => {
      const happened = view.getInt16((index + 1) * POLLFD_BYTES + 6, true);
      if (happened !== 0 && this.#watches.delete(watch)) watch.resolve(true);
    });
  }

  #fail(): void {
    this.#running = undefined;
    for (const watch of [...this.#watches]) watch.reject(new Error("poll does not work"));
    this.#watches.clear();
  }
}

/** struct pollfd { int fd; short events; short revents; } */
function writePollfd(view: DataView, index: number, fd: Fd, events: number): void {
  view.setInt32(index * POLLFD_BYTES, fd, true);
  view.setInt16(index * POLLFD_BYTES + 4, events, true);
  view.setInt16(index * POLLFD_BYTES + 6, 0, true);
}
