/**
 * A file that is on no disk and under no name: bytes in memory, sealed so that nobody can change them, open for reading
 * only. Where the system has none, or where they are to be read once, a pipe that holds them already.
 *
 * Neither is ever mapped here, so that no core dump has it; the kernel clears the pages when the last holder has closed.
 * The kernel may swap them, as it may any memory that is not locked.
 */

import { VaultError } from "../errors.ts";
import { cString } from "./c_memory.ts";
import { closeFd, control, type Fd, makePipe, openPath, setNonblocking, writeOnce } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, isErrno } from "./os_error.ts";

/** What `/proc/PID/fd` shows of it. */
const NAME = "cortex";
const OWNER_READS = 0o400;

/** The bytes as an open file, close-on-exec; the caller closes it and wipes them. @throws VaultError, OsError */
export function openMemoryFile(bytes: Uint8Array<ArrayBuffer>): Fd {
  return openSealedFile(bytes) ?? openFilledPipe(bytes);
}

/** The bytes in a pipe whose other end is closed: they can be read once. @throws VaultError for more than it holds */
export function openFilledPipe(bytes: Uint8Array<ArrayBuffer>): Fd {
  const { reader, writer } = makePipe();
  try {
    setNonblocking(writer);
    growPipe(writer, bytes.byteLength);
    // Nobody reads yet, so one call takes all that there is room for.
    if (bytes.byteLength > 0 && writeOnce(writer, bytes) !== bytes.byteLength) throw tooLarge();
    return reader;
  } catch (error) {
    closeFd(reader);
    throw error;
  } finally {
    closeFd(writer);
  }
}

/** Undefined where the system has no such files. */
function openSealedFile(bytes: Uint8Array<ArrayBuffer>): Fd | undefined {
  const fd = createMemoryFile();
  if (fd === undefined) return undefined;
  try {
    for (let at = 0; at < bytes.byteLength;) at += writeOnce(fd, bytes.subarray(at)) ?? 0;
    check("fchmod", libc().posix.fchmod(fd, OWNER_READS));
    control(fd, LINUX_ONLY.F_ADD_SEALS, LINUX_ONLY.ALL_SEALS);
    return openPath(`/proc/self/fd/${fd}`, libc().numbers.O_RDONLY);
  } finally {
    closeFd(fd);
  }
}

function createMemoryFile(): Fd | undefined {
  const { own } = libc();
  const create = own.os === "linux" ? own.c.memfd_create : null;
  if (!create) return undefined;
  const { MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_NOEXEC_SEAL } = LINUX_ONLY;
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  // Linux 6.3 knows files that can never be executed, and some hosts allow no other; older ones refuse the flag.
  for (const wish of [flags | MFD_NOEXEC_SEAL, flags]) {
    try {
      return check("memfd_create", create(cString(NAME), wish));
    } catch (error) {
      if (isErrno(error, "ENOSYS")) return undefined;
      if (!isErrno(error, "EINVAL") || wish === flags) throw error;
    }
  }
  return undefined;
}

/** Linux gives a pipe 64 KiB, and up to 1 MiB where it is asked; elsewhere it takes what it takes. */
function growPipe(writer: Fd, length: number): void {
  if (libc().own.os !== "linux" || length <= 64 * 1024) return;
  try {
    control(writer, LINUX_ONLY.F_SETPIPE_SZ, length);
  } catch (error) {
    if (isErrno(error, "EPERM", "EINVAL", "ENOMEM")) throw tooLarge();
    throw error;
  }
}

function tooLarge(): VaultError {
  return new VaultError(
    "child.spawn_failed",
    "A value is larger than a pipe can hold; have its grant changed to a file that may be read again",
  );
}
