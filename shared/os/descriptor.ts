/**
 * File descriptors: opened close-on-exec, read and written without waiting. `EINTR` is retried here and nowhere else;
 * "would block" is a result, not an error.
 */

import { cBuffer, CInt, cString } from "./c_memory.ts";
import { DARWIN_ONLY } from "./darwin.ts";
import { type Libc, libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, isErrno, OsError } from "./os_error.ts";

/** A number that the system knows as an open file. */
export type Fd = number;

const F_GETFL = 3;
const F_SETFL = 4;

/** Opens close-on-exec; `flags` are of `libc().numbers`. @throws OsError */
export function openPath(path: string, flags: number, mode = 0): Fd {
  const { numbers } = libc();
  return retry(() => check("open", callOpen(cString(path), flags | numbers.O_CLOEXEC, mode)));
}

/** {@linkcode openPath} from a directory on. @throws OsError */
export function openBelow(directory: Fd, path: string, flags: number, mode = 0): Fd {
  const { numbers } = libc();
  return retry(() => check("openat", callOpenat(directory, cString(path), flags | numbers.O_CLOEXEC, mode)));
}

/** Gives the number back. A failure leaves nothing that could be done: the number is free either way. */
export function closeFd(fd: Fd): void {
  libc().posix.close(fd);
}

/** A second number, at least `lowest`, close-on-exec. Flags such as "does not wait" are common to both. */
export function duplicate(fd: Fd, lowest = 0): Fd {
  return check("fcntl", callFcntl(fd, libc().numbers.F_DUPFD_CLOEXEC, lowest));
}

/** Bytes read, 0 at the end, undefined where there is nothing yet. @throws OsError */
export function readOnce(fd: Fd, buffer: Uint8Array<ArrayBuffer>): number | undefined {
  return orWouldBlock(() => {
    const count = libc().posix.read(fd, buffer, BigInt(buffer.byteLength));
    return check("read", Number(count));
  });
}

/** Bytes read at an offset of a file, which stays where it is. @throws OsError */
export function readAt(fd: Fd, buffer: Uint8Array<ArrayBuffer>, offset: number): number {
  return retry(() => {
    const count = libc().posix.pread(fd, buffer, BigInt(buffer.byteLength), BigInt(offset));
    return check("pread", Number(count));
  });
}

/** Bytes taken, undefined where there is no room yet. @throws OsError `EPIPE` where nobody reads */
export function writeOnce(fd: Fd, bytes: Uint8Array<ArrayBuffer>): number | undefined {
  return orWouldBlock(() => {
    const count = libc().posix.write(fd, bytes, BigInt(bytes.byteLength));
    return check("write", Number(count));
  });
}

/** `fcntl` with an `int`. @throws OsError */
export function control(fd: Fd, command: number, argument: number): number {
  return check("fcntl", callFcntl(fd, command, argument));
}

/** Makes reads and writes return at once. */
export function setNonblocking(fd: Fd): void {
  const flags = check("fcntl", callFcntl(fd, F_GETFL, 0));
  check("fcntl", callFcntl(fd, F_SETFL, flags | libc().numbers.O_NONBLOCK));
}

/** A pipe whose ends are close-on-exec and still wait: a child wants its end so. */
export function makePipe(): { readonly reader: Fd; readonly writer: Fd } {
  const pair = cBuffer(8);
  const { own, numbers } = libc();
  if (own.os === "linux") check("pipe2", own.c.pipe2(pair, numbers.O_CLOEXEC));
  else check("pipe", own.c.pipe(pair));
  const view = new DataView(pair.buffer);
  const ends = { reader: view.getInt32(0, true), writer: view.getInt32(4, true) };
  if (own.os === "darwin") [ends.reader, ends.writer].forEach(setCloseOnExec);
  return ends;
}

/** The next connection of a listening socket, not waiting and close-on-exec; undefined where there is none yet. */
export function acceptOnce(listener: Fd): Fd | undefined {
  const { own } = libc();
  return orWouldBlock(() => {
    if (own.os === "linux") {
      const { SOCK_CLOEXEC, SOCK_NONBLOCK } = LINUX_ONLY;
      return check("accept4", own.c.accept4(listener, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK));
    }
    const fd = check("accept", own.c.accept(listener, null, null));
    setCloseOnExec(fd);
    setNonblocking(fd);
    return fd;
  });
}

/** For what is made without the flag: terminals, and on macOS sockets and pipes. */
export function setCloseOnExec(fd: Fd): void {
  check("fcntl", callFcntl(fd, DARWIN_ONLY.F_SETFD, DARWIN_ONLY.FD_CLOEXEC));
}

/** One `int` option of a socket. */
export function getSocketInt(fd: Fd, level: number, name: number): number {
  const value = new CInt();
  const length = new CInt(value.bytes.byteLength);
  check("getsockopt", libc().posix.getsockopt(fd, level, name, value.bytes, length.bytes));
  return value.value;
}

function callOpen(path: Uint8Array<ArrayBuffer>, flags: number, mode: number): number {
  const { own }: Libc = libc();
  if (own.os === "linux") return own.c.open(path, flags, mode);
  return Deno.build.arch === "aarch64"
    ? own.c.open_arm(path, flags, 0n, 0n, 0n, 0n, 0n, 0n, BigInt(mode))
    : own.c.open_intel(path, flags, mode);
}

function callOpenat(directory: Fd, path: Uint8Array<ArrayBuffer>, flags: number, mode: number): number {
  const { own }: Libc = libc();
  if (own.os === "linux") return own.c.openat(directory, path, flags, mode);
  return Deno.build.arch === "aarch64"
    ? own.c.openat_arm(directory, path, flags, 0n, 0n, 0n, 0n, 0n, BigInt(mode))
    : own.c.openat_intel(directory, path, flags, mode);
}

function callFcntl(fd: Fd, command: number, argument: number): number {
  const { own }: Libc = libc();
  if (own.os === "linux") return own.c.fcntl(fd, command, argument);
  return Deno.build.arch === "aarch64"
    ? own.c.fcntl_arm(fd, command, 0n, 0n, 0n, 0n, 0n, 0n, BigInt(argument))
    : own.c.fcntl_intel(fd, command, argument);
}

function orWouldBlock(call: () => number): number | undefined {
  try {
    return retry(call);
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return undefined;
    throw error;
  }
}

function retry(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof OsError) || error.errno !== "EINTR") throw error;
    }
  }
}

/** Lets a pipe take more before its writer waits, where the system can; the number of bytes is rounded up by it. */
export function widenPipe(fd: Fd, bytes: number): void {
  if (libc().own.os !== "linux") return;
  try {
    control(fd, LINUX_ONLY.F_SETPIPE_SZ, bytes);
  } catch (error) {
    // The user's pipes have used up what the system lets them have together: this one stays as it is.
    if (!(error instanceof OsError)) throw error;
  }
}
