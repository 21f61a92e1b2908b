/** Facts about other processes: when they started and what they execute. From `/proc`, or libproc on macOS. */

import { type Instant, SECOND } from "../clock.ts";
import { fromUtf8 } from "../encoding.ts";
import { cBuffer, cString } from "./c_memory.ts";
import { DARWIN_ONLY } from "./darwin.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { isErrno, OsError } from "./os_error.ts";
import { readAll } from "./private_file.ts";

/** `/proc` files here are one page; no status line is longer. */
const MAX_PROC_BYTES = 64 * 1024;
const MAX_PATH_BYTES = 4096;
/** USER_HZ: one number on all machines that Deno runs on. */
const TICKS_A_SECOND = 100;

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

/** The process that traces another as a debugger does; undefined where none does, or the system does not tell. */
export function tracerOf(pid: number | "self"): number | undefined {
  if (libc().own.os !== "linux") return undefined;
  const tracer = /^TracerPid:\s+(\d+)$/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
  return tracer === undefined || tracer === "0" ? undefined : Number(tracer);
}

/** Whose effective rights a process has; undefined where the system does not tell. */
export function userOf(pid: number): number | undefined {
  if (libc().own.os !== "linux") return undefined;
  const user = /^Uid:\s+\d+\s+(\d+)\s/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
  return user === undefined ? undefined : Number(user);
}

/**
 * The file name of the program that a process executes, or what it calls itself where the system does not show the file.
 * Chosen by whoever started it: not to be trusted, and not to be printed as it is.
 */
export function programNameOf(pid: number): string | undefined {
  if (libc().own.os !== "linux") return undefined;
  const file = readLink(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, "");
  return file?.slice(file.lastIndexOf("/") + 1) ?? readText(`/proc/${pid}/comm`)?.trimEnd();
}

/** When this system was started, by our clock; read once, so that one process has one start. */
let bootedAt: Instant | undefined;

/** The time of a {@linkcode startTimeOf}; undefined where it is none. */
export function startInstant(startTime: string, now: Instant): Instant | undefined {
  if (libc().own.os === "darwin") return Math.floor(Number(startTime) * SECOND);
  bootedAt ??= bootInstant(now);
  return bootedAt === undefined ? undefined : bootedAt + Number(startTime) * SECOND / TICKS_A_SECOND;
}

function bootInstant(now: Instant): Instant | undefined {
  const uptime = /^\d+(?:\.\d+)?/.exec(readText("/proc/uptime") ?? "")?.[0];
  return uptime === undefined ? undefined : now - Number(uptime) * SECOND;
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

/** What an open file is called now, links followed; undefined where the system does not tell. */
export function openFileName(fd: Fd): string | undefined {
  return libc().own.os === "linux" ? readLink(`/proc/self/fd/${fd}`) : undefined;
}

function readLink(path: string): string | undefined {
  const buffer = cBuffer(MAX_PATH_BYTES);
  const length = Number(libc().posix.readlink(cString(path), buffer, BigInt(MAX_PATH_BYTES)));
  return length < 0 ? undefined : fromUtf8(buffer.subarray(0, length));
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
