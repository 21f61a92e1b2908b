/**
 * A listening Unix socket that is private from its first instant and never taken from a living owner.
 *
 * - Its directory must be ours and closed to others, so nobody else can put anything in the socket's place.
 * - A lock file beside it is held for as long as we live: of two daemons that start at once, one gets it. It is never
 *   removed: a lock on a name that can go away is no lock.
 * - A socket that is there is removed only under the lock and only when nobody answers on it. (The predecessor's
 *   daemon knows no lock: it is noticed by its answer.)
 * - Bound under umask 0177; at the end removed only if it is still the file that we bound.
 */

import { VaultError } from "../errors.ts";
import { cString } from "./c_memory.ts";
import { acceptOnce, closeFd, type Fd, openPath, setCloseOnExec, setNonblocking } from "./descriptor.ts";
import { factsAt, factsOf } from "./file_facts.ts";
import { libc } from "./libc.ts";
import { check, isErrno } from "./os_error.ts";
import { directoryOf } from "./private_file.ts";
import type { Reactor } from "./reactor.ts";
import { AF_UNIX, SOCK_STREAM, unixAddress } from "./unix_client.ts";

const BACKLOG = 128;
const LOCK_EX_NB = 2 | 4;
const OTHERS = 0o077;

export class UnixListener {
  readonly path: string;
  readonly #reactor: Reactor;
  readonly #fd: Fd;
  readonly #lock: Fd;
  readonly #identity: string;
  #closed = false;

  private constructor(reactor: Reactor, path: string, fd: Fd, lock: Fd) {
    this.path = path;
    this.#reactor = reactor;
    this.#fd = fd;
    this.#lock = lock;
    this.#identity = factsAt(path).identity;
  }

  /**
   * Listens on an absolute path.
   * @throws VaultError `client.daemon_busy` when somebody else does, `client.file_unsafe` for an unsafe place
   */
  static open(reactor: Reactor, path: string): UnixListener {
    const address = socketAddress(path);
    checkDirectory(directoryOf(path));
    const lock = takeLock(path);
    try {
      removeStale(path, address);
      return new UnixListener(reactor, path, bindAndListen(address), lock);
    } catch (error) {
      closeFd(lock);
      throw error;
    }
  }

  /** The next connection; undefined once closed. */
  async accept(): Promise<Fd | undefined> {
    while (!this.#closed) {
      const fd = acceptOnce(this.#fd);
      if (fd !== undefined) return fd;
      await this.#reactor.readable(this.#fd);
    }
    return undefined;
  }

  /** Stops listening; the lock goes last. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reactor.forget(this.#fd);
    if (this.#isStillOurs()) libc().posix.unlink(cString(this.path));
    closeFd(this.#fd);
    closeFd(this.#lock);
  }

  #isStillOurs(): boolean {
    try {
      return factsAt(this.path).identity === this.#identity;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }
}

/** Makes a directory with 0700 where there is none, or takes group and others off one that is ours. */
export function ensurePrivateDirectory(path: string): void {
  if (libc().posix.mkdir(cString(path), 0o700) === 0) return;
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = libc().numbers;
  const fd = openDirectory(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const { uid, mode } = factsOf(fd);
    if (uid === libc().posix.geteuid() && (mode & OTHERS) !== 0) {
      check("fchmod", libc().posix.fchmod(fd, mode & ~OTHERS));
    }
  } finally {
    closeFd(fd);
  }
}

function socketAddress(path: string): Uint8Array<ArrayBuffer> {
  if (!path.startsWith("/")) throw unsafe(path, "is no absolute path");
  try {
    return unixAddress(path);
  } catch (error) {
    if (error instanceof RangeError) throw unsafe(path, `is too long: ${error.message}`);
    throw error;
  }
}

function checkDirectory(path: string): void {
  const { O_RDONLY, O_DIRECTORY } = libc().numbers;
  const fd = openDirectory(path, O_RDONLY | O_DIRECTORY);
  try {
    const { uid, mode } = factsOf(fd);
    if (uid !== libc().posix.geteuid()) {
      throw unsafe(path, "belongs to another user; the socket needs one of yours");
    }
    if ((mode & OTHERS) !== 0) {
      throw unsafe(path, "is open to others; run chmod 700 on it, or choose another by CORTEX_DAEMON_SOCK");
    }
  } finally {
    closeFd(fd);
  }
}

function openDirectory(path: string, flags: number): Fd {
  try {
    return openPath(path, flags);
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw unsafe(path, "is not there; the socket needs its directory");
    if (isErrno(error, "ENOTDIR", "ELOOP")) throw unsafe(path, "is no directory; replace it by one");
    throw error;
  }
}

function takeLock(path: string): Fd {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = libc().numbers;
  const fd = openPath(`${path}.lock`, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    check("flock", libc().posix.flock(fd, LOCK_EX_NB));
    return fd;
  } catch (error) {
    closeFd(fd);
    if (isErrno(error, "EAGAIN")) throw busy(path);
    throw error;
  }
}

function removeStale(path: string, address: Uint8Array<ArrayBuffer>): void {
  const fd = newSocket();
  try {
    check("connect", libc().posix.connect(fd, address, address.byteLength));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    if (isErrno(error, "ECONNREFUSED")) return unlinkSocket(path);
    if (!isErrno(error, "EAGAIN", "EINPROGRESS")) throw error;
  } finally {
    closeFd(fd);
  }
  throw busy(path);
}

/** Connecting to a plain file is refused too: what is no socket is not ours to remove. */
function unlinkSocket(path: string): void {
  if (factsAt(path).kind !== "socket") throw unsafe(path, "is there and is no socket; move it away");
  check("unlink", libc().posix.unlink(cString(path)));
}

function bindAndListen(address: Uint8Array<ArrayBuffer>): Fd {
  const { posix } = libc();
  const fd = newSocket();
  // The mask is the whole process's: nothing else runs between the two calls.
  const mask = posix.umask(0o177);
  try {
    check("bind", posix.bind(fd, address, address.byteLength));
  } catch (error) {
    closeFd(fd);
    throw error;
  } finally {
    posix.umask(mask);
  }
  check("listen", posix.listen(fd, BACKLOG));
  return fd;
}

function newSocket(): Fd {
  const fd = check("socket", libc().posix.socket(AF_UNIX, SOCK_STREAM, 0));
  setCloseOnExec(fd);
  setNonblocking(fd);
  return fd;
}

function busy(path: string): VaultError {
  return new VaultError(
    "client.daemon_busy",
    `A daemon already listens on ${path}; use it, or stop it first`,
  );
}

function unsafe(path: string, what: string): VaultError {
  return new VaultError("client.file_unsafe", `${path} ${what}`);
}
