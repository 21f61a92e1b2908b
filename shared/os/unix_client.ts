/** A socket that is connected to a Unix address: datagrams where the other side takes them, a stream where not. */

import { utf8 } from "../encoding.ts";
import { cBuffer } from "./c_memory.ts";
import { closeFd, type Fd, setCloseOnExec, setNonblocking } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { check, isErrno } from "./os_error.ts";

export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

export interface UnixConnection {
  /** Returns at once from reads and writes. */
  readonly fd: Fd;
  readonly kind: "datagram" | "stream";
}

/** Connects; syslog's `/dev/log` may be of either kind. @throws OsError @throws RangeError for a path that is too long */
export function connectUnix(path: string): UnixConnection {
  const address = unixAddress(path);
  try {
    return { fd: connect(address, SOCK_DGRAM), kind: "datagram" };
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES")) throw error;
    return { fd: connect(address, SOCK_STREAM), kind: "stream" };
  }
}

function connect(address: Uint8Array<ArrayBuffer>, type: number): Fd {
  const fd = check("socket", libc().posix.socket(AF_UNIX, type, 0));
  try {
    setCloseOnExec(fd);
    setNonblocking(fd);
    check("connect", libc().posix.connect(fd, address, address.byteLength));
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** struct sockaddr_un: family in two bytes on Linux, length and family in one each on macOS. */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const isDarwin = libc().own.os === "darwin";
  const name = utf8(path);
  const room = isDarwin ? 104 : 108;
  if (name.byteLength >= room) throw new RangeError(`a socket's path may have ${room - 1} bytes`);
  const address = cBuffer(2 + room);
  if (isDarwin) address.set([address.byteLength, AF_UNIX]);
  else new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}
