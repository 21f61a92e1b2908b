/**
 * SHA-256 of program files. Hashing a 100 MiB program takes a good part of a second, so it yields in between and keeps
 * what it learned under the file's identity, size and times.
 */

import { createHash } from "node:crypto";
import { cBuffer } from "./c_memory.ts";
import { closeFd, type Fd, readAt } from "./descriptor.ts";
import { factsOf } from "./file_facts.ts";
import { openProgramOf } from "./proc.ts";

const CHUNK = 1024 * 1024;
/** Other work gets its turn after so many chunks: a few milliseconds. */
const CHUNKS_A_TURN = 8;
const MAX_KEPT = 64;

export class ProgramHashes {
  readonly #kept = new Map<string, Promise<string>>();

  /** Lowercase hex of a process's program; undefined where the system does not show it. */
  async ofProcess(pid: number | "self"): Promise<string | undefined> {
    const fd = openProgramOf(pid);
    if (fd === undefined) return undefined;
    try {
      return await this.ofFile(fd);
    } finally {
      closeFd(fd);
    }
  }

  /** Of an open file, which stays where it is. */
  async ofFile(fd: Fd): Promise<string> {
    const { version } = factsOf(fd);
    const known = this.#kept.get(version);
    if (known !== undefined) return await known;
    const digest = hashFile(fd);
    this.#keep(version, digest);
    return await digest;
  }

  #keep(version: string, digest: Promise<string>): void {
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value);
    this.#kept.set(version, digest);
    digest.catch(() => this.#kept.delete(version));
  }
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
