/** Facts about other processes: when they started and what they execute. From `/proc`, or libproc on macOS. */

import { fromUtf8 } from "../encoding.ts";
import { cBuffer } from "./c_memory.ts";
import { DARWIN_ONLY } from "./darwin.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { isErrno, OsError } from "./os_error.ts";
import { readAll } from "./private_file.ts";

/** `/proc` files here are one page; no status line is longer. */
const MAX_PROC_BYTES = 64 * 1024;
const MAX_PATH_BYTES = 4096;

/** When a process started, in the system's own unit: equal for one process, different for the next of its number. */
export function startTimeOf(pid: number): string | undefined {
  return libc().own.os === "darwin" ? darwinStartTime(pid) : linuxStartTime(pid);
}

/** The program file of a process, opened; undefined where the system does not let us. */
export function openProgramOf(pid: number | "self"): Fd | undefined {
  try {
    const path = libc().own.os === "darwin" ? darwinProgram(pid) : `/proc/${pid}/exe`;
    return path === undefined ? undefined : openPath(path, libc().numbers.O_RDONLY);
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets, so counting starts after it. */
export function parseStartTime(stat: string): string | undefined {
  const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = rest[19];
  return ticks !== undefined && /^\d+$/.test(ticks) ? ticks : undefined;
}

/** The parent of a process; undefined where there is none, or the system does not tell. */
export function parentOf(pid: number): number | undefined {
  if (libc().own.os !== "linux") return undefined;
  const parent = /^PPid:\s+(\d+)$/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
  return parent === undefined || parent === "0" ? undefined : Number(parent);
}

/** The file mode mask of a process; undefined where the system does not tell. */
export function umaskOf(pid: number): number | undefined {
  if (libc().own.os !== "linux") return undefined;
  const mask = /^Umask:\s+([0-7]+)$/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
  return mask === undefined ? undefined : Number.parseInt(mask, 8);
}

function linuxStartTime(pid: number): string | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStartTime(text);
}

/**
 * A small text file; undefined where it is not there or not for us.
 * @throws OsError for what is no file, VaultError for more than `limit` bytes
 */
export function readText(path: string, limit = MAX_PROC_BYTES): string | undefined {
  let fd: Fd | undefined;
  try {
    // Without O_NONBLOCK a FIFO of that name would hang us.
    fd = openPath(path, libc().numbers.O_RDONLY | libc().numbers.O_NONBLOCK);
    return fromUtf8(readAll(fd, limit));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR")) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeFd(fd);
  }
}

function darwinStartTime(pid: number): string | undefined {
  const { own } = libc();
  if (own.os !== "darwin") return undefined;
  const { PROC_PIDTBSDINFO, PROC_BSDINFO_BYTES } = DARWIN_ONLY;
  const info = cBuffer(PROC_BSDINFO_BYTES);
  const count = own.c.proc_pidinfo(pid, PROC_PIDTBSDINFO, 0n, info, PROC_BSDINFO_BYTES);
  if (count !== PROC_BSDINFO_BYTES) return undefined;
  const view = new DataView(info.buffer);
  return `${view.getBigUint64(120, true)}.${view.getBigUint64(128, true)}`;
}

function darwinProgram(pid: number | "self"): string | undefined {
  const { own, posix } = libc();
  if (own.os !== "darwin") return undefined;
  const path = cBuffer(MAX_PATH_BYTES);
  const length = own.c.proc_pidpath(pid === "self" ? posix.getpid() : pid, path, MAX_PATH_BYTES);
  return length <= 0 ? undefined : fromUtf8(path.subarray(0, length));
}
