/**
 * Files that only their owner may read, through the C library: what the daemon uses once its permissions are given up.
 * Never through a symbolic link as last part of the path; judged by the open file, not by its name; private from the
 * first instant; replaced in one step.
 */

import { randomHex } from "../crypto/random.ts";
import { VaultError } from "../errors.ts";
import { cString } from "./c_memory.ts";
import { closeFd, type Fd, openPath, readOnce, writeOnce } from "./descriptor.ts";
import { factsOf } from "./file_facts.ts";
import { libc } from "./libc.ts";
import { check, isErrno } from "./os_error.ts";

const OTHERS = 0o077;
/** Sessions and keys are far smaller. */
const MAX_BYTES = 1024 * 1024;
const CHUNK = 64 * 1024;

/** The bytes of a private file; undefined where there is none. @throws VaultError `client.file_unsafe` */
export function readPrivateFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  const fd = openExisting(path);
  if (fd === undefined) return undefined;
  try {
    refuseUnsafe(path, fd);
    return readAll(fd, MAX_BYTES);
  } finally {
    closeFd(fd);
  }
}

/** Replaces a private file: a reader sees the old bytes or the new ones, after a power cut too. */
export function replacePrivateFile(path: string, bytes: Uint8Array<ArrayBuffer>): void {
  const temporary = `${path}.${randomHex(8)}.tmp`;
  createPrivateFile(temporary, bytes);
  try {
    check("rename", libc().posix.rename(cString(temporary), cString(path)));
  } catch (error) {
    libc().posix.unlink(cString(temporary));
    throw error;
  }
  syncDirectory(directoryOf(path));
}

/** @throws VaultError `client.file_unsafe` when something is there already, a dangling link included */
export function createPrivateFile(path: string, bytes: Uint8Array<ArrayBuffer>): void {
  const fd = createExclusively(path);
  try {
    writeAll(fd, bytes);
    check("fsync", libc().posix.fsync(fd));
  } finally {
    closeFd(fd);
  }
}

/** Everything up to the end of an open file. @throws VaultError for more than `limit` bytes */
export function readAll(fd: Fd, limit: number): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(CHUNK);
  let length = 0;
  for (let count: number | undefined; (count = readOnce(fd, bytes.subarray(length))) !== 0;) {
    length += count ?? 0;
    if (length > limit) {
      throw new VaultError("client.file_unsafe", "A file of CortexAuth is too large to be one");
    }
    if (length === bytes.byteLength) bytes = grow(bytes);
  }
  const exact = bytes.slice(0, length);
  bytes.fill(0);
  return exact;
}

/** The directory part of an absolute path. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function openExisting(path: string): Fd | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = libc().numbers;
  try {
    // Without O_NONBLOCK a FIFO in the file's place would hang us.
    return openPath(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    if (isErrno(error, "ELOOP")) throw unsafe(path, "is a symbolic link; replace it by a file");
    throw unsafe(path, `cannot be read (${error instanceof Error ? error.message : "unknown"})`);
  }
}

function refuseUnsafe(path: string, fd: Fd): void {
  const { kind, mode, uid } = factsOf(fd);
  if (kind !== "file") throw unsafe(path, "is no file; move it away");
  if (uid !== libc().posix.geteuid()) throw unsafe(path, "belongs to another user; make it your own");
  if ((mode & OTHERS) !== 0) {
    throw unsafe(path, "can be read by others; run chmod 600 on it, and think about renewing what it holds");
  }
}

function createExclusively(path: string): Fd {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = libc().numbers;
  try {
    return openPath(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (isErrno(error, "EEXIST")) throw unsafe(path, "is there already and is not overwritten");
    throw error;
  }
}

function writeAll(fd: Fd, bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.byteLength;) at += writeOnce(fd, bytes.subarray(at)) ?? 0;
}

function syncDirectory(path: string): void {
  const fd = openPath(path, libc().numbers.O_RDONLY | libc().numbers.O_DIRECTORY);
  try {
    check("fsync", libc().posix.fsync(fd));
  } finally {
    closeFd(fd);
  }
}

function grow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.byteLength * 2);
  larger.set(bytes);
  bytes.fill(0);
  return larger;
}

function unsafe(path: string, what: string): VaultError {
  return new VaultError("client.file_unsafe", `${path} ${what}`);
}
