/**
 * Who is on the other end of a Unix socket. Established or refused: there is no "unknown" that passes.
 *
 * Races, and what they come to:
 * - The peer connects, then ends, and its number is given to another process. On Linux 6.5 the kernel hands us a handle
 *   on the very process that connected (`SO_PEERPIDFD`); before, one is opened by number. The start time is read while
 *   the handle says that the process lives, so it is the start time of that process.
 * - The peer executes another program after connecting: its program file is then the new one. Uid and number stay.
 * - The peer hands the connection to another process of the same user: allowed, both are that user.
 */

import { VaultError } from "../errors.ts";
import { cBuffer, CInt } from "./c_memory.ts";
import { DARWIN_ONLY } from "./darwin.ts";
import { closeFd, type Fd, getSocketInt } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, isErrno, OsError } from "./os_error.ts";
import { startTimeOf } from "./proc.ts";

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** See {@linkcode startTimeOf}. */
  readonly startTime: string;
}

/** The peer of a connection, which is of our own user. @throws VaultError `client.peer_refused` */
export function identifyPeer(connection: Fd): Peer {
  try {
    const credentials = libc().own.os === "darwin"
      ? darwinCredentials(connection)
      : linuxCredentials(connection);
    if (credentials.uid !== libc().posix.geteuid()) throw refused("The socket serves its own user only");
    return { ...credentials, startTime: provenStartTime(connection, credentials.pid) };
  } catch (error) {
    if (error instanceof OsError) throw refused("The system does not say who is calling", error);
    throw error;
  }
}

/** Whether the process that was the peer is still there under its number. */
export function isStillThere({ pid, startTime }: Peer): boolean {
  return startTimeOf(pid) === startTime;
}

function provenStartTime(connection: Fd, pid: number): string {
  if (pid <= 0) throw refused("The calling process is not visible from here");
  const handle = openHandle(connection, pid);
  try {
    const startTime = startTimeOf(pid);
    if (startTime === undefined) throw refused("The calling process has gone");
    if (handle === undefined ? startTimeOf(pid) !== startTime : !isAlive(handle)) {
      throw refused("The calling process has gone");
    }
    return startTime;
  } finally {
    if (handle !== undefined) closeFd(handle);
  }
}

/** A handle on the process, or undefined where the system has none. */
function openHandle(connection: Fd, pid: number): Fd | undefined {
  const { own, numbers } = libc();
  if (own.os !== "linux") return undefined;
  try {
    return getSocketInt(connection, numbers.SOL_SOCKET, LINUX_ONLY.SO_PEERPIDFD);
  } catch (error) {
    if (isErrno(error, "ESRCH")) throw refused("The calling process has gone", error);
    return openPidfd(pid);
  }
}

/** `pidfd_open`; undefined on kernels before 5.3. @throws OsError `ESRCH` where there is no such process */
export function openPidfd(pid: number): Fd | undefined {
  const { own } = libc();
  if (own.os !== "linux") return undefined;
  try {
    return check("pidfd_open", Number(own.c.pidfd_open(BigInt(LINUX_ONLY.SYS_PIDFD_OPEN), pid, 0)));
  } catch (error) {
    // A container's filter may refuse the call with EPERM.
    if (isErrno(error, "ENOSYS", "EPERM")) return undefined;
    throw error;
  }
}

function isAlive(handle: Fd): boolean {
  const { own } = libc();
  if (own.os !== "linux") return false;
  const call = BigInt(LINUX_ONLY.SYS_PIDFD_SEND_SIGNAL);
  return own.c.pidfd_send_signal(call, handle, 0, null, 0) === 0n;
}

interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** struct ucred { pid_t pid; uid_t uid; gid_t gid; } */
function linuxCredentials(connection: Fd): Credentials {
  const { posix, numbers } = libc();
  const credentials = cBuffer(12);
  const length = new CInt(credentials.byteLength);
  const { SO_PEERCRED } = LINUX_ONLY;
  check(
    "getsockopt",
    posix.getsockopt(connection, numbers.SOL_SOCKET, SO_PEERCRED, credentials, length.bytes),
  );
  if (length.value !== credentials.byteLength) throw refused("The system does not say who is calling");
  const view = new DataView(credentials.buffer);
  return { pid: view.getInt32(0, true), uid: view.getUint32(4, true), gid: view.getUint32(8, true) };
}

function darwinCredentials(connection: Fd): Credentials {
  const { own } = libc();
  if (own.os !== "darwin") throw refused("The system does not say who is calling");
  const uid = new CInt();
  const gid = new CInt();
  check("getpeereid", own.c.getpeereid(connection, uid.bytes, gid.bytes));
  const pid = getSocketInt(connection, DARWIN_ONLY.SOL_LOCAL, DARWIN_ONLY.LOCAL_PEERPID);
  return { pid, uid: uid.value >>> 0, gid: gid.value >>> 0 };
}

function refused(message: string, cause?: unknown): VaultError {
  return new VaultError(
    "client.peer_refused",
    `${message}; connect as the daemon's user, on its own machine`,
    {
      cause,
    },
  );
}
