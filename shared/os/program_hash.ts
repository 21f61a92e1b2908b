/**
 * SHA-256 of program files. Hashing a 100 MiB program takes a good part of a second, so it yields in between and keeps
 * what it learned under the file's identity, size and times. Not of a file that was changed a moment ago: another change in
 * the same tick of the system's clock would leave the times as they are.
 */

import { createHash } from "node:crypto";
import { SECOND, systemClock } from "../clock.ts";
import { VaultError } from "../errors.ts";
import { cBuffer } from "./c_memory.ts";
import { closeFd, type Fd, openPath, readAt } from "./descriptor.ts";
import { factsOf } from "./file_facts.ts";
import { libc } from "./libc.ts";
import { OsError } from "./os_error.ts";
import { openProgramOf } from "./proc.ts";

const CHUNK = 1024 * 1024;
/** Other work gets its turn after so many chunks: a few milliseconds. */
const CHUNKS_A_TURN = 8;
const MAX_KEPT = 64;
/** File systems count time in steps of up to two seconds. */
const SETTLED = 3 * SECOND;
/** No program is larger. */
const MAX_PROGRAM_BYTES = 2 * 1024 ** 3;

export class ProgramHashes {
  readonly #kept = new Map<string, Promise<string>>();

  /** Lowercase hex of a process's program; undefined where the system does not show it, or it is above 2 GiB. */
  async ofProcess(pid: number | "self"): Promise<string | undefined> {
    const fd = openProgramOf(pid);
    if (fd === undefined) return undefined;
    try {
      // A file with a hole of a million megabytes would keep us busy for somebody's pleasure.
      return factsOf(fd).size > MAX_PROGRAM_BYTES ? undefined : await this.ofFile(fd);
    } finally {
      closeFd(fd);
    }
  }

  /** Of the file at a path, links followed. @throws VaultError `request.invalid` for what is no readable file */
  async ofPath(path: string): Promise<string> {
    const fd = openFile(path);
    try {
      if (factsOf(fd).kind !== "file") throw notReadable();
      return await this.ofFile(fd);
    } finally {
      closeFd(fd);
    }
  }

  /** Of an open file, which stays where it is. */
  async ofFile(fd: Fd): Promise<string> {
    const { version, changedAt } = factsOf(fd);
    const known = this.#kept.get(version);
    if (known !== undefined) return await known;
    const digest = hashFile(fd);
    if (Math.abs(systemClock.now() - changedAt) > SETTLED) this.#keep(version, digest);
    return await digest;
  }

  #keep(version: string, digest: Promise<string>): void {
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value);
    this.#kept.set(version, digest);
    digest.catch(() => this.#kept.delete(version));
  }
}

function openFile(path: string): Fd {
  try {
    // Without O_NONBLOCK a FIFO of that name would hang us.
    return openPath(path, libc().numbers.O_RDONLY | libc().numbers.O_NONBLOCK);
  } catch (error) {
    if (error instanceof OsError) throw notReadable(error);
    throw error;
  }
}

function notReadable(cause?: OsError): VaultError {
  return new VaultError("request.invalid", "This is no file that can be read; name a program's file", {
    cause,
  });
}

/** Of an open file, at once: for the rare file that has to be looked at again before it is executed. */
export function hashOpenFile(fd: Fd): string {
  const hash = createHash("sha256");
  const buffer = cBuffer(CHUNK);
  for (let at = 0, count: number; (count = readAt(fd, buffer, at)) !== 0; at += count) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex");
}

async function hashFile(fd: Fd): Promise<string> {
  const hash = createHash("sha256");
  const buffer = cBuffer(CHUNK);
  for (let chunks = 1, at = 0, count: number; (count = readAt(fd, buffer, at)) !== 0; chunks++, at += count) {
    hash.update(buffer.subarray(0, count));
    if (chunks % CHUNKS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return hash.digest("hex");
}
