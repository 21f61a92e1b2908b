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
  /** Undefined until it was looked at, and after a write that failed: what changed it then was our own. */
  #changedAt: number | undefined;

  constructor(target: string, { file, size, torn, holds }: FoundFile) {
    this.target = target;
    this.#file = file;
    this.#size = size;
    this.#torn = torn;
    if (holds !== undefined) this.holds = holds;
  }

  async write(rows: readonly AuditRow[]): Promise<void> {
    this.#checkPlace();
    if (this.#changedAt !== undefined && this.#lookWhenChanged() !== this.#changedAt) await this.check();
    const lines = rows.map((row) => `${rowLine(row)}\n`).join("");
    await this.#append(utf8(this.#torn ? `\n${lines}` : lines));
  }

  /** A change is told once: from then on the new length and time count, and writing goes on. */
  async check(): Promise<void> {
    this.#checkPlace();
    const size = await this.#file.size().catch(unreadable);
    const changedAt = this.#lookWhenChanged();
    const changed = this.#changedAt !== undefined && changedAt !== this.#changedAt;
    if (size < this.#size) this.#findings.push("the file was shortened");
    else if (size > this.#size) this.#findings.push("somebody else wrote into the file");
    else if (changed) {
      this.#findings.push("somebody changed the file, or who may do what with it, in its place");
    }
    if (size !== this.#size) this.#torn = size > 0;
    this.#size = size;
    this.#changedAt = changedAt;
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

  #lookWhenChanged(): number {
    try {
      return this.#file.changedAt();
    } catch (cause) {
      return unreadable(cause);
    }
  }

  #gone(): SinkFault {
    const reason = "the file was deleted or moved away; restart the server to make a new one";
    if (!this.#isGone) this.#findings.push(reason);
    this.#isGone = true;
    return new SinkFault(reason);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#changedAt = undefined;
    for (let at = 0; at < bytes.byteLength;) {
      const count = await this.#file.write(bytes.subarray(at)).catch(unwritable);
      this.#size += count;
      at += count;
      this.#torn = at < bytes.byteLength || bytes[at - 1] !== NEWLINE;
    }
    this.#changedAt = this.#lookWhenChanged();
  }
}

function unreadable(cause: unknown): never {
  throw new SinkFault("the file cannot be looked at", { cause });
}

function unwritable(cause: unknown): never {
  throw new SinkFault("the file cannot be written; look whether its disk is full", { cause });
}
