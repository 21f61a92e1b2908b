/** Who owns a file and what it is: `statx` on Linux, whose layout is one for all machines, `stat` on macOS. */

import { cBuffer, cString } from "./c_memory.ts";
import type { Fd } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check } from "./os_error.ts";

export type FileKind = "file" | "directory" | "link" | "socket" | "other";

export interface FileFacts {
  readonly kind: FileKind;
  /** Permission bits only. */
  readonly mode: number;
  readonly uid: number;
  /** How many names it has. */
  readonly links: number;
  readonly size: number;
  /** Device and inode: which file it is. */
  readonly identity: string;
  /** {@linkcode identity}, size and times: changes when the content may have changed. */
  readonly version: string;
  /** When content, name or rights were changed last, in milliseconds; nobody can set it back. */
  readonly changedAt: number;
}

const KINDS: Readonly<Record<number, FileKind>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "link",
  0o140000: "socket",
};

const STATX_BYTES = 256;
const DARWIN_STAT_BYTES = 144;

/** Of an open file. @throws OsError */
export function factsOf(fd: Fd): FileFacts {
  const { own } = libc();
  if (own.os === "darwin") {
    const buffer = cBuffer(DARWIN_STAT_BYTES);
    check("fstat", own.c.fstat(fd, buffer));
    return readDarwin(new DataView(buffer.buffer));
  }
  return statx(fd, "", LINUX_ONLY.AT_EMPTY_PATH);
}

/** Of a path, a link itself and not its target. @throws OsError */
export function factsAt(path: string): FileFacts {
  const { own, numbers } = libc();
  if (own.os === "darwin") {
    const buffer = cBuffer(DARWIN_STAT_BYTES);
    check("lstat", own.c.lstat(cString(path), buffer));
    return readDarwin(new DataView(buffer.buffer));
  }
  return statx(numbers.AT_FDCWD, path, LINUX_ONLY.AT_SYMLINK_NOFOLLOW);
}

function statx(fd: Fd, path: string, flags: number): FileFacts {
  const { own } = libc();
  if (own.os !== "linux") throw new Error("statx is Linux's");
  const buffer = cBuffer(STATX_BYTES);
  check("statx", own.c.statx(fd, cString(path), flags, LINUX_ONLY.STATX_BASIC_STATS, buffer));
  return readStatx(new DataView(buffer.buffer));
}

/** struct statx: nlink 16, uid 20, mode 28, ino 32, size 40, ctime 96 and 104, mtime 112 and 120, device 136 and 140. */
function readStatx(view: DataView): FileFacts {
  const device = `${view.getUint32(136, true)}:${view.getUint32(140, true)}`;
  const times = [96, 104, 112, 120].map((at) => view.getBigUint64(at, true) & 0xffff_ffff_ffffn);
  return facts({
    mode: view.getUint16(28, true),
    uid: view.getUint32(20, true),
    links: view.getUint32(16, true),
    size: Number(view.getBigUint64(40, true)),
    identity: `${device}/${view.getBigUint64(32, true)}`,
    times,
    changedAt: milliseconds(view, 96, 104),
  });
}

function milliseconds(view: DataView, seconds: number, nanoseconds: number): number {
  return Number(view.getBigInt64(seconds, true)) * 1_000 + view.getUint32(nanoseconds, true) / 1e6;
}

/** struct stat (64-bit inodes): dev 0, mode 4, nlink 6, ino 8, uid 16, mtime 48 and 56, ctime 64 and 72, size 96. */
function readDarwin(view: DataView): FileFacts {
  return facts({
    mode: view.getUint16(4, true),
    uid: view.getUint32(16, true),
    links: view.getUint16(6, true),
    size: Number(view.getBigInt64(96, true)),
    identity: `${view.getInt32(0, true)}/${view.getBigUint64(8, true)}`,
    times: [48, 56, 64, 72].map((at) => view.getBigUint64(at, true)),
    changedAt: milliseconds(view, 64, 72),
  });
}

interface RawFacts extends Omit<FileFacts, "kind" | "version"> {
  readonly times: readonly bigint[];
}

function facts({ mode, times, ...rest }: RawFacts): FileFacts {
  return {
    ...rest,
    kind: KINDS[mode & 0o170000] ?? "other",
    mode: mode & 0o7777,
    version: [rest.identity, rest.size, ...times].join("/"),
  };
}
