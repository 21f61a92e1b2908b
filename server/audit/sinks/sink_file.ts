/**
 * The file behind a sink. Opened once; afterwards it is written and measured through its descriptor, and its path is looked at
 * through the C library, which works when the program may not open files any more. On a local disk: a network file system
 * that hangs could make that look wait.
 */

import { factsAt } from "../../../shared/os/file_facts.ts";
import { isErrno } from "../../../shared/os/os_error.ts";
import { StartupError } from "../../startup_error.ts";
import { heldRow } from "./row_line.ts";
import type { HeldRow } from "./sink.ts";

/** What is needed of a file; tests put faults in. */
export interface SinkFile {
  /** Appends, maybe not all of it; how many bytes. */
  write(bytes: Uint8Array): Promise<number>;
  size(): Promise<number>;
  /** When its content, or who may do what with it, changed last: milliseconds, and only ever set by the system. */
  changedAt(): number;
  /** Whether its path still leads to it. */
  isInPlace(): boolean;
  close(): void;
}

export interface FoundFile {
  readonly file: SinkFile;
  readonly size: number;
  /** Half a line is at its end. */
  readonly torn: boolean;
  /** Its last whole row. */
  readonly holds: HeldRow | undefined;
}

/** More than the longest line, and the half of one that a crash may leave after it. */
const TAIL_BYTES = 512 * 1024;
const OTHERS_MAY_WRITE = 0o022;

/** Opens, or makes with mode 0600, a plain file. @throws StartupError */
export async function openSinkFile(path: string): Promise<FoundFile> {
  try {
    await refuseOther(path);
    using opened = new DisposableStack();
    const file = opened.adopt(
      await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 }),
      (one) => one.close(),
    );
    const found = { file: appending(file, path), ...await lookAt(file) };
    opened.move();
    return found;
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "its folder does not exist" : "permission denied";
    throw new StartupError(`CORTEX_AUDIT_FILE cannot be opened: ${reason}`);
  }
}

function appending(file: Deno.FsFile, path: string): SinkFile {
  const { identity } = factsAt(path);
  return {
    write: (bytes) => file.write(bytes),
    // Appending does not care where the descriptor stands.
    size: () => file.seek(0, Deno.SeekMode.End),
    changedAt: () => factsAt(path).changedAt,
    isInPlace: () => identityAt(path) === identity,
    close: () => file.close(),
  };
}

function identityAt(path: string): string | undefined {
  try {
    return factsAt(path).identity;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** A symbolic link could be turned to another file, and a pipe would make the boot wait. */
async function refuseOther(path: string): Promise<void> {
  try {
    if ((await Deno.lstat(path)).isFile) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new StartupError("CORTEX_AUDIT_FILE is not a plain file; name one, or one that does not exist yet");
}

async function lookAt(file: Deno.FsFile): Promise<Omit<FoundFile, "file">> {
  const { size, mode } = await file.stat();
  if (((mode ?? 0) & OTHERS_MAY_WRITE) !== 0) {
    throw new StartupError("CORTEX_AUDIT_FILE can be written by other users; give it mode 0600 or 0640");
  }
  const start = Math.max(0, size - TAIL_BYTES);
  await file.seek(start, Deno.SeekMode.Start);
  const lines = new TextDecoder().decode(await readExactly(file, size - start)).split("\n");
  const torn = lines.pop() !== "";
  return { size, torn, holds: heldRow(lines.at(-1) ?? "") };
}

async function readExactly(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return bytes.subarray(0, at);
    at += count;
  }
  return bytes;
}
