/**
 * Audit rows as JSON lines in a file that is opened before the permissions are given up, and only appended to from then on
 * through that one descriptor. Nobody else writes it, so its length is known: a file that is shorter or longer, or that has
 * no name any more, was tampered with. Waiting for the disk happens outside the event loop.
 */

import { utf8 } from "../../../shared/encoding.ts";
import { StartupError } from "../../startup_error.ts";
import type { AuditRow } from "../../store/writer.ts";
import { heldRow, rowLine } from "./row_line.ts";
import { type AuditSink, type HeldRow, SinkFault } from "./sink.ts";

/** What is needed of a file; tests put faults in. */
export interface SinkFile {
  write(bytes: Uint8Array): Promise<number>;
  stat(): Promise<{ readonly size: number; readonly nlink: number | null }>;
  close(): void;
}

/** More than the longest line, and the half of one that a crash may leave after it. */
const TAIL_BYTES = 512 * 1024;
const NEWLINE = 10;

export class FileSink implements AuditSink {
  readonly kind = "file";
  readonly target: string;
  readonly holds?: HeldRow;
  readonly #file: SinkFile;
  #size: number;
  /** Half a line may be at the end: the next write begins a new one. */
  #torn: boolean;
  #findings: string[] = [];
  #isGone = false;

  constructor(
    target: string,
    file: SinkFile,
    found: { readonly size: number; readonly torn: boolean; readonly holds: HeldRow | undefined },
  ) {
    this.target = target;
    this.#file = file;
    this.#size = found.size;
    this.#torn = found.torn;
    if (found.holds !== undefined) this.holds = found.holds;
  }

  /** Opens, or makes with mode 0600, a plain file. @throws StartupError */
  static async open(path: string): Promise<FileSink> {
    try {
      await refuseOther(path);
      const file = await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 });
      return new FileSink(path, file, await lookAt(file));
    } catch (error) {
      if (error instanceof StartupError) throw error;
      const reason = error instanceof Deno.errors.NotFound
        ? "its folder does not exist"
        : "permission denied";
      throw new StartupError(`CORTEX_AUDIT_FILE cannot be opened: ${reason}`);
    }
  }

  async write(rows: readonly AuditRow[]): Promise<void> {
    await this.check();
    const lines = rows.map((row) => `${rowLine(row)}\n`).join("");
    await this.#append(utf8(this.#torn ? `\n${lines}` : lines));
  }

  /** A changed length is told once: from then on the new one counts, and writing goes on. */
  async check(): Promise<void> {
    const { size, nlink } = await this.#file.stat().catch(unreadable);
    if (nlink === 0) throw this.#deleted();
    if (size === this.#size) return;
    this.#findings.push(size < this.#size ? "the file was shortened" : "somebody else wrote into the file");
    this.#size = size;
    this.#torn = size > 0;
  }

  takeFindings(): readonly string[] {
    return this.#findings.splice(0);
  }

  close(): void {
    this.#file.close();
  }

  #deleted(): SinkFault {
    const reason = "the file was deleted; restart the server to make a new one";
    if (!this.#isGone) this.#findings.push(reason);
    this.#isGone = true;
    return new SinkFault(reason);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const count = await this.#file.write(bytes.subarray(at)).catch(unwritable);
      this.#size += count;
      at += count;
      this.#torn = at < bytes.byteLength || bytes[at - 1] !== NEWLINE;
    }
  }
}

function unreadable(cause: unknown): never {
  throw new SinkFault("the file cannot be looked at", { cause });
}

function unwritable(cause: unknown): never {
  throw new SinkFault("the file cannot be written; look whether its disk is full", { cause });
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

async function lookAt(file: Deno.FsFile) {
  const { size, mode } = await file.stat();
  if (((mode ?? 0) & 0o022) !== 0) {
    throw new StartupError("CORTEX_AUDIT_FILE can be written by other users; give it mode 0600 or 0640");
  }
  const start = Math.max(0, size - TAIL_BYTES);
  await file.seek(start, Deno.SeekMode.Start);
  const tail = await readExactly(file, size - start);
  const lines = new TextDecoder().decode(tail).split("\n");
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
