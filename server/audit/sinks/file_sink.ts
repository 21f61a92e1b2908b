/**
 * Audit rows as JSON lines in a file that is opened before the permissions are given up, and only appended to from then on
 * through that one descriptor. Nobody else writes it, so its length is known: a file that is shorter or longer, or that is not
 * in its place any more, was tampered with. Waiting for the disk happens outside the event loop.
 */

import { utf8 } from "../../../shared/encoding.ts";
import type { AuditRow } from "../../store/writer.ts";
import { rowLine } from "./row_line.ts";
import { type AuditSink, type HeldRow, SinkFault } from "./sink.ts";
import type { FoundFile, SinkFile } from "./sink_file.ts";

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

  constructor(target: string, { file, size, torn, holds }: FoundFile) {
    this.target = target;
    this.#file = file;
    this.#size = size;
    this.#torn = torn;
    if (holds !== undefined) this.holds = holds;
  }

  async write(rows: readonly AuditRow[]): Promise<void> {
    this.#checkPlace();
    const lines = rows.map((row) => `${rowLine(row)}\n`).join("");
    await this.#append(utf8(this.#torn ? `\n${lines}` : lines));
  }

  /** A changed length is told once: from then on the new one counts, and writing goes on. */
  async check(): Promise<void> {
    this.#checkPlace();
    const size = await this.#file.size().catch(unreadable);
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

  /** Costs a system call: before each write. The length waits for another thread: that is looked at now and then. */
  #checkPlace(): void {
    if (!this.#file.isInPlace()) throw this.#gone();
  }

  #gone(): SinkFault {
    const reason = "the file was deleted or moved away; restart the server to make a new one";
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
