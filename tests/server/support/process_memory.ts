/** Searches the memory of a process, as root can on Linux: what is found nowhere was really wiped. */

import { Buffer } from "node:buffer";

const CHUNK_BYTES = 4 * 1024 * 1024;
const REGION = /^([0-9a-f]+)-([0-9a-f]+) r/;
const RESIDENT = /^Rss:\s+(\d+) kB/;

/** Whether this process may look into others that let nobody look. */
export const canSearchMemory = Deno.build.os === "linux" && Deno.uid() === 0;

/** How often the bytes are in the memory that the process really has. */
export function countInMemory(pid: number, needle: Uint8Array): number {
  using memory = Deno.openSync(`/proc/${pid}/mem`);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let count = 0;
  for (const [from, to] of residentRegions(pid)) {
    for (let at = from; at < to; at += CHUNK_BYTES) {
      count += occurrences(readAt(memory, at, chunk.subarray(0, Math.min(CHUNK_BYTES, to - at))), needle);
    }
  }
  return count;
}

function residentRegions(pid: number): [number, number][] {
  const regions: [number, number][] = [];
  let current: [number, number] | undefined;
  for (const line of Deno.readTextFileSync(`/proc/${pid}/smaps`).split("\n")) {
    const [, from, to] = REGION.exec(line) ?? [];
    if (from !== undefined && to !== undefined) current = [parseInt(from, 16), parseInt(to, 16)];
    const resident = RESIDENT.exec(line)?.[1];
    if (resident === undefined) continue;
    if (resident !== "0" && current !== undefined) regions.push(current);
    current = undefined;
  }
  return regions;
}

/** What can be read there; regions of the kernel cannot, and others went away meanwhile. */
function readAt(memory: Deno.FsFile, at: number, into: Buffer): Buffer {
  try {
    memory.seekSync(at, Deno.SeekMode.Start);
    return into.subarray(0, memory.readSync(into) ?? 0);
  } catch {
    return into.subarray(0, 0);
  }
}

function occurrences(bytes: Buffer, needle: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) count += 1;
  return count;
}
